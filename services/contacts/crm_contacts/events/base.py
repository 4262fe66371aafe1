"""What every snapshot of this service has in common."""

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """A snapshot after the change, read off the row."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)
