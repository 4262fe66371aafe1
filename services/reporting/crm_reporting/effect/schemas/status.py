"""Whether the effect can be told, before anybody asks for it."""

from typing import Literal

from pydantic import BaseModel, Field

from crm_reporting.effect.rules.explaining import TITLES
from crm_reporting.metrics.schemas import TextsOut

# those with a formula of their own; what is declared (E15, E19) comes with the setup
Component = Literal["E10", "E11", "E12", "E13", "E14"]
COMPONENTS: tuple[Component, ...] = ("E10", "E11", "E12", "E13", "E14")


class ComponentNameOut(BaseModel):
    """A component of the effect, to be weighed in its setup."""

    id: Component
    title: TextsOut


class EffectStatusOut(BaseModel):
    """What somebody may do with the effect, and whether it is set up."""

    is_set_up: bool
    may_read_totals: bool = Field(description="The sentence and its sums")
    may_set_up: bool
    currency: str = Field(description="That of the company: what a first setup proposes")
    components: list[ComponentNameOut]


def names() -> list[ComponentNameOut]:
    """Return the components that a setup weighs."""
    return [ComponentNameOut(id=one, title=TextsOut(**TITLES[one])) for one in COMPONENTS]
