"""Bodies of e-mail addresses and telephone numbers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class AddressIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Annotated[str, Field(min_length=1, max_length=320)]
    label: Annotated[str, Field(max_length=60)] | None = None
    is_primary: bool = False


class AddressOut(BaseModel):
    value: str
    label: str | None
    is_primary: bool
