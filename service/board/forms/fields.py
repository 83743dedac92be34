"""The fields of a form: what a person is asked, made out of the shape of a body. Pure.

A shape says nearly all: what is required, what may be chosen, what stands inside what. What a text holds (a period, a
country, several lines) and which list an id is chosen from go by the name of its field, which means one thing
throughout the API; `names.py` has them.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, Literal, NoReturn, get_args

import msgspec
from msgspec.inspect import (
    BoolType,
    CollectionType,
    DateTimeType,
    DateType,
    DictType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    UUIDType,
    type_info,
)
from msgspec.structs import replace

from service.board.forms.names import APART, COUNTRIES, HIDDEN, LONG, PERIODS, REFERENCES, SHAPES, STANDING
from workflows.model.evidence import EvidenceIn
from workflows.words import LANGUAGES

Kind = Literal[
    "text",
    "long",
    "country",
    "period",
    "date",
    "instant",
    "number",
    "yes",
    "boolean",
    "choice",
    "choices",
    "lines",
    "countries",
    "reference",
    "references",
    "wording",
    "wordings",
    "group",
    "groups",
    "map",
    "hidden",
    "evidence",
]
"""`yes` is a mark to set or not, `boolean` a yes or a no (or neither); `map` values under names that are known when the
form is shown; `wording` a text once for everybody or once for each language, `wordings` a list of them; `evidence`
words, files or both."""

Wanted = Literal["required", "blank", "null"]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a form asks.

    `name` is the member of the JSON object, `shape` the Struct that has it. Left blank, a field is not sent; `null`
    says that null may be sent to take away what stands there. `default` is what the program takes where it is not sent.
    `of` is where references are chosen from, `inner` the fields of a group, of each item of several, or of a map.
    """

    name: str
    shape: str
    kind: Kind
    required: bool = False
    null: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    of: str = ""
    inner: tuple["Field", ...] = ()
    standing: bool = False
    """Filled with the subject as it stands; what is left as it is, is not sent."""
    wording: bool = False
    """The values of a map may be given in each language."""
    label: str = ""
    """What it is called, where the agreement's own terms say so rather than the catalogue."""
    help: str = ""
    """The same of what is asked."""
    lang: str = ""
    """The language of those two."""
    beside: str = ""
    """Who asks for it, and what is known of it already, in words of the page."""
    aside: bool = False
    """Another field says the same: it is answered only where the answer is otherwise."""


class ShapeError(Exception):
    """A shape that no form is made of: a defect of the program."""


@cache
def fields_of(shape: type[msgspec.Struct]) -> tuple[Field, ...]:
    """What is asked for a body of this shape, in its order; what is required first. Raises ShapeError."""
    info = type_info(shape)
    assert isinstance(info, StructType)
    found = [_field(info, one) for one in info.fields if (info.cls.__name__, one.encode_name) not in APART]
    return tuple(sorted(found, key=lambda one: not one.required))


def with_keys(fields: Sequence[Field], known: Callable[[Field], Sequence[Field]]) -> tuple[Field, ...]:
    """The same fields, each map with those that are `known` for it, at any depth."""
    return tuple(
        replace(one, inner=tuple(known(one)))
        if one.kind == "map"
        else replace(one, inner=with_keys(one.inner, known))
        if one.inner
        else one
        for one in fields
    )


def _field(owner: StructType, field: Any) -> Field:
    name, shape = field.encode_name, owner.cls.__name__
    default = None if field.required else _default(field)
    types = _alternatives(field.type)
    null = any(isinstance(one, NoneType) for one in types)
    bare = [one for one in types if not isinstance(one, NoneType)]
    made = Field(
        name=name,
        shape=shape,
        kind="text",
        required=field.required,
        null=null,
        default=default,
        standing=(shape, name) in STANDING,
    )
    if (shape, name) in HIDDEN:
        return replace(made, kind="hidden")
    if (known := SHAPES.get((shape, name))) is not None:
        return replace(made, kind="group", inner=fields_of(known))
    return _shaped(made, bare)


def _shaped(made: Field, types: list[Type]) -> Field:
    """A field of its kind; `types` are the alternatives, null left out."""
    if _is_evidence(types):
        return replace(made, kind="evidence")
    if len(types) > 1:
        return replace(made, kind=_in_languages(made, types))
    match types[0]:
        case StrType():
            return _text(made)
        case UUIDType():
            return replace(made, kind="reference", of=_of(made))
        case BoolType():
            return replace(made, kind="yes" if made.default is False else "boolean")
        case IntType():
            return replace(made, kind="number")
        case DateTimeType():
            return replace(made, kind="instant")
        case DateType():
            return replace(made, kind="date")
        case LiteralType(values=values):
            return replace(made, kind="choice", choices=_in_order(values, made))
        case StructType(cls=cls):
            return replace(made, kind="group", inner=fields_of(cls))
        case DictType(value_type=value):
            return replace(made, kind="map", wording=isinstance(value, UnionType))
        case CollectionType(item_type=item):
            return _several(made, _bare(item))
        case other:
            _unknown(made, other)


def _several(made: Field, item: Type) -> Field:
    match item:
        case StrType():
            return replace(made, kind="countries" if made.name in COUNTRIES else "lines")
        case UUIDType():
            return replace(made, kind="references", of=_of(made))
        case LiteralType(values=values):
            return replace(made, kind="choices", choices=_in_order(values, made))
        case StructType(cls=cls):
            return replace(made, kind="groups", inner=fields_of(cls))
        case other:
            _unknown(made, other)


def _text(made: Field) -> Field:
    if (of := _reference(made)) is not None:
        return replace(made, kind="reference", of=of)
    if made.name in COUNTRIES:
        return replace(made, kind="country")
    if made.name in PERIODS:
        return replace(made, kind="period")
    return replace(made, kind="long" if made.name in LONG else "text")


def _in_languages(made: Field, types: list[Type]) -> Kind:
    """Which of the two shapes a text in several languages has: a text, or a list of them."""
    kinds = {type(one) for one in types}
    if kinds == {StrType, DictType}:
        return "wording"
    if any(isinstance(one, CollectionType) for one in types) and DictType in kinds:
        return "wordings"
    _unknown(made, types)


def _is_evidence(types: list[Type]) -> bool:
    return any(isinstance(one, StructType) and one.cls is EvidenceIn for one in types)


def _reference(made: Field) -> str | None:
    return REFERENCES.get(f"{made.shape}.{made.name}", REFERENCES.get(made.name))


def _of(made: Field) -> str:
    found = _reference(made)
    if found is None:
        raise ShapeError(f"{made.shape}.{made.name} holds an id: names.py has to say from which list it is chosen")
    return found


def _in_order(values: Sequence[Any], made: Field) -> tuple[Any, ...]:
    """Choices in the order in which the code names them; inspection sorts them."""
    if set(values) == set(LANGUAGES):
        return LANGUAGES
    return tuple(values)


def _default(field: Any) -> Any:
    """What the program takes where the field is left out, as JSON says it."""
    if field.default is not msgspec.NODEFAULT and field.default is not msgspec.UNSET:
        return msgspec.json.decode(msgspec.json.encode(field.default))
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.json.decode(msgspec.json.encode(field.default_factory()))
    return None


def _alternatives(info: Type) -> list[Type]:
    bare = _bare(info)
    return [_bare(one) for one in bare.types] if isinstance(bare, UnionType) else [bare]


def _bare(info: Type) -> Type:
    return _bare(info.type) if isinstance(info, Metadata) else info


def _unknown(made: Field, shape: object) -> NoReturn:
    raise ShapeError(f"{made.shape}.{made.name}: no form is made of {shape!r}")


KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
