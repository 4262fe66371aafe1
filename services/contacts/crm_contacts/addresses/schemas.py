"""Bodies of e-mail addresses and telephone numbers."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Preferences: TypeAlias = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)],
    ],
    Field(max_length=50, description="Needs and tastes, by codes of one's own"),
]


class AddressIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Annotated[str, Field(min_length=1, max_length=320)]
    label: Annotated[str, Field(max_length=60)] | None = None
    is_primary: bool = False


class AddressOut(BaseModel):
    value: str
    label: str | None
    is_primary: bool
