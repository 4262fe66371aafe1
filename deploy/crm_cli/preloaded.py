"""What every service needs, loaded once; a fork of this process goes on from here.

The largest service is loaded too: beside it the others load what is theirs alone, at the same time.
"""

import gc
import importlib

from crm_cli.forking import end_with_parent

LARGEST = "crm_contacts"

# its forks keep open what would tell it that the tool is gone
end_with_parent()

# to look for garbage in what stays takes a quarter of the time, and each look later on would copy
# the pages that the forks share
gc.disable()
for part in ("main", "worker"):
    importlib.import_module(f"{LARGEST}.{part}")
gc.freeze()
gc.enable()
