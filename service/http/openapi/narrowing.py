"""What input must look like beyond its type, as the checks of `workflows/intake/checks.py` have it: years that can be
computed with, texts that say something, languages that there are.
"""

from typing import Any, Final, get_args

from msgspec.inspect import (
    CollectionType,
    DateTimeType,
    DateType,
    DictType,
    Field,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
)

from service.http.decode import PLAIN, YEARS
from workflows.intake.checks import LINE, WORDS
from workflows.terms.countries import COUNTRIES
from workflows.words import Language

_SEEN: Final = r"[^\s\u0000-\u001f\u007f-\u009f]"
"""One that is no blank."""
_SAID: Final = frozenset(("name", "url", "external_id", "terms_version", "transfer_basis"))
"""Fields that are never blank, where they may be left out too."""
_COUNTRIES: Final = frozenset(("country", "countries"))
_LINES: Final = frozenset(("auditor", "external_id", "name", "reference", "subject", "terms_version"))
"""Fields of one line of text."""
_FILLED: Final = frozenset(("changes",))
"""Lists that name at least one."""
_ANSWERS: Final = frozenset(("contents",))
"""Fields of texts by a name of their own, none of which is blank."""
_ONE_LINE: Final = r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029]"


def narrow_field(schema: dict[str, Any], info: Field) -> None:
    """Add to the schema of a Struct's field what its type does not say."""
    if info.encode_name in _COUNTRIES:
        _narrow_places(schema)
        return
    if info.encode_name in _FILLED:
        _narrow_lists(schema)
    # Whatever has the empty text as its default may be given that.
    required = info.required or (info.encode_name in _SAID and info.default != "")
    if info.encode_name in _LINES:
        _narrow_lines(schema, required=required)
    elif info.encode_name in _ANSWERS and isinstance(info.type, DictType):
        narrow(schema["additionalProperties"], info.type.value_type, required=True)
    else:
        narrow(schema, info.type, required=required)


def _narrow_lines(schema: dict[str, Any], *, required: bool) -> None:
    for one in schema.get("anyOf", ()):
        _narrow_lines(one, required=required)
    if schema.get("type") == "string" and "format" not in schema:
        schema.setdefault("maxLength", LINE)
        schema.setdefault("pattern", rf"^{_ONE_LINE}*{_SEEN}{_ONE_LINE}*$" if required else rf"^{_ONE_LINE}*$")


def _narrow_lists(schema: dict[str, Any]) -> None:
    for one in schema.get("anyOf", ()):
        _narrow_lists(one)
    if schema.get("type") == "array":
        schema["minItems"] = 1


def _narrow_places(schema: dict[str, Any]) -> None:
    inner = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for one in (*inner, *schema.get("anyOf", ())):
        _narrow_places(one)
    if schema.get("type") == "string":
        schema["enum"] = sorted(COUNTRIES)


def narrow(schema: dict[str, Any], info: Type, *, required: bool = False) -> None:
    """Add to the schema of a field what its type does not say; `required` texts must not be blank."""
    match info:
        case DateTimeType() | DateType():
            schema["pattern"] = YEARS
        case StrType(pattern=None):
            schema.setdefault("maxLength", WORDS)
            schema["pattern"] = rf"^{PLAIN}{_SEEN}{PLAIN}$" if required else f"^{PLAIN}$"
        case Metadata(type=inner):
            narrow(schema, inner, required=required)
        case CollectionType(item_type=inner) if isinstance(schema.get("items"), dict):
            narrow(schema["items"], inner)
        case DictType(key_type=key, value_type=inner):
            if isinstance(key, LiteralType) and set(key.values) == set(get_args(Language)):
                schema |= {"propertyNames": {"enum": list(key.values)}, "minProperties": 1}
            elif required:
                schema["minProperties"] = 1
            if isinstance(schema.get("additionalProperties"), dict):
                narrow(schema["additionalProperties"], inner, required=required)
        case UnionType(types=several) if "anyOf" in schema:
            plain = [one for one in several if not isinstance(one, StructType | NoneType)]
            for option, one in zip(schema["anyOf"], plain, strict=False):
                narrow(option, one, required=required)
        case _:
            pass
