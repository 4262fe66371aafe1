"""What every service needs, loaded once; a fork of this process goes on from here.

The largest service is loaded too: beside it the others load what is theirs alone, at the same time.
"""

import gc
import importlib
import importlib.util
import os
import traceback

from crm_cli.forking import end_with_parent

LARGEST = "crm_contacts"

# its forks keep open what would tell it that the tool is gone; what the terminal says is for the
# tool alone, which stops the services in order
end_with_parent()
os.setsid()

# to look for garbage in what stays takes a quarter of the time, and each look later on would copy
# the pages that the forks share
gc.disable()
try:
    for part in ("main", "worker"):
        if importlib.util.find_spec(f"{LARGEST}.{part}"):
            importlib.import_module(f"{LARGEST}.{part}")
except Exception:
    # the service that cannot be loaded says so in its own log, too; the others go on
    traceback.print_exc()
gc.freeze()
gc.enable()
