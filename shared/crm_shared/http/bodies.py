"""What bodies of changes share."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

# stands where a field may be left out but not be null: what was sent is told by `model_fields_set`
NOT_SENT: Any = None


class ExternalIdIn(BaseModel):
    """What another system calls the record: the system and its id, or neither."""

    source_system: Annotated[str, Field(pattern=r"^[\w.-]{1,64}$")] | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, validate_default=True
    )

    @field_validator("external_id")
    @classmethod
    def _goes_with_its_system(cls, external_id: str | None, info: ValidationInfo) -> str | None:
        # a system that is wrong itself is not here: it has its own fault
        system = info.data.get("source_system", external_id)
        if (system is None) != (external_id is None):
            raise PydanticCustomError("half-named", "source_system and external_id go together")
        return external_id
