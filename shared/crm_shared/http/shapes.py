"""Where in a body records of nouns stand: read off its model once, whatever it nests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crm_shared.policies import Names

_MANY = (list, tuple, set, frozenset, Sequence, Collection)


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of a body: of which nouns it shows a record, and which of its parts show others."""

    nouns: frozenset[str] = frozenset()
    parts: Mapping[str, "Shape"] = field(default_factory=dict)
    each: "Shape | None" = None
    # the key by whose value a record says itself which noun it is
    told_by: str | None = None
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Which bodies of a service show which noun, and which fields tell what others hide.

    `told_by` names bodies that say themselves which noun they show, and in which key. `follows`
    says for a noun which more names go with a field: hiding a deal's `amount` hides
    `expected_amount` as well, in every body that shows something of a deal.
    """

    nouns: Mapping[type[BaseModel], str] = field(default_factory=dict)
    follows: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    told_by: Mapping[type[BaseModel], str] = field(default_factory=dict)
    # bodies that one of several nouns stands behind, whichever route they come by
    several: Mapping[type[BaseModel], tuple[str, ...]] = field(default_factory=dict)
    # bodies of figures: what they tell may be hidden, but to read them is to read no record
    sums: frozenset[type[BaseModel]] = frozenset()
    # by `noun.field`: what of other nouns tells it
    elsewhere: Mapping[str, Names] = field(default_factory=dict)

    def widened(self, names: Names) -> Names:
        """Return fields by noun with everything that tells the same."""
        found = {noun: self._with_followers(noun, some) for noun, some in names.items()}
        hidden = (f"{noun}.{name}" for noun, some in names.items() for name in some)
        for one in hidden:
            for noun, more in self.elsewhere.get(one, {}).items():
                found[noun] = found.get(noun, frozenset()) | more
        return found

    def _with_followers(self, noun: str, names: frozenset[str]) -> frozenset[str]:
        follows = self.follows.get(noun, {})
        return names.union(*(follows.get(name, frozenset()) for name in names))

    def noun_of(self, model: Any) -> str | None:
        """Return the noun that a model, or one it is made of, shows."""
        return next(iter(self._nouns_of(model)), None)

    def _nouns_of(self, model: Any) -> tuple[str, ...]:
        mro = getattr(model, "__mro__", ())
        found = next((self.nouns[one] for one in mro if one in self.nouns), None)
        return self.several.get(model, ()) if found is None else (found,)

    def shape(self, kind: Any, above: tuple[Any, ...] = ()) -> Shape | None:
        """Return where records stand in a body of this type; None: nowhere."""
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.shape(inner[0], above)
        if origin in (Union, UnionType):
            return _merged([self.shape(one, above) for one in inner])
        if isinstance(origin, type) and issubclass(origin, Mapping):
            each = self.shape(inner[1], above)
            return None if each is None else Shape(each=each)
        if origin in _MANY:
            return self.shape(inner[0], above) if inner else None
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in above:
            return self._of_model(kind, (*above, kind))
        return None

    def _of_model(self, model: type[BaseModel], above: tuple[Any, ...]) -> Shape | None:
        parts = {
            _told(name, one): shape
            for name, one in model.model_fields.items()
            if (shape := self.shape(one.annotation, above)) is not None
        }
        nouns, told_by = self._nouns_of(model), self.told_by.get(model)
        if not nouns and told_by is None and not parts:
            return None
        return Shape(frozenset(nouns), parts, told_by=told_by, is_sum=model in self.sums)


def _told(name: str, one: FieldInfo) -> str:
    return one.serialization_alias or name


def _merged(shapes: Sequence[Shape | None]) -> Shape | None:
    found = [one for one in shapes if one is not None]
    if not found[1:]:
        return next(iter(found), None)
    names = {name for one in found for name in one.parts}
    parts = {name: _merged([one.parts.get(name) for one in found]) for name in names}
    return Shape(
        frozenset().union(*(one.nouns for one in found)),
        {name: shape for name, shape in parts.items() if shape is not None},
        _merged([one.each for one in found]),
    )
