"""What bodies of changes share."""

from typing import Any

# stands where a field may be left out but not be null: what was sent is told by `model_fields_set`
NOT_SENT: Any = None
