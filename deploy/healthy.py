"""A container's health check: python healthy.py PORT."""

import sys
import urllib.request

# Anything but a success raises, and that is the answer.
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/health/ready", timeout=4).close()
