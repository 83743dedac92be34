"""A body for each operation of which nobody wrote an example: what its shape asks for, with values that a person would
give. Each fits its shape; whether it is taken depends on what stands.
"""

from collections.abc import Mapping
from typing import Any, Final

from service.http.openapi.examples import AGREEMENT, CHANGE, CUSTOMER, SUBPROCESSOR

_INSTANT: Final = "2026-03-02T09:00:00Z"
_DAY: Final = "2026-03-02"
_SOMETHING: Final = "0195d0c0-7e52-7000-8000-0000000000e1"
_IDS: Final = {
    "agreement_id": AGREEMENT, "customer_id": CUSTOMER, "subprocessor_id": SUBPROCESSOR, "change_id": CHANGE,
}  # fmt: skip
_BY_NAME: Final[Mapping[str, Any]] = {
    "address": "Kade 1\n1234 AB Zilverdam",
    "by": "N. Jansen",
    "categories": ["contact data"],
    "clause": "8.3",
    "country": "DE",
    "email": "jansen@korenaar.example",
    "evidence": "letter of 2 March 2026",
    "grounds": "the data may not leave the Netherlands",
    "language": "nl",
    "name": "N. Jansen",
    "note": "told by telephone",
    "phone": "+31201234567",
    "reason": "the customer asked for it",
    "reference": "C-2026-17",
    "summary": "a laptop was stolen",
    "text": "the data may be kept in Germany as well",
    "timezone": "Europe/Amsterdam",
    "title": "DPO",
    "to_version": "2026-01",
    "url": "https://hooks.korenaar.example/termijn",
    "words": "the letter came back",
}
_FIRST: Final = ("at", "on", "reason", "note", "name", "evidence")
"""What is given where nothing is required, the likeliest first."""
_SEVERAL: Final = frozenset({"anyOf", "oneOf", "allOf"})
"""Where a schema is one of several, or all of them."""


def example_of(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    """A value of a schema of the document; `shapes` are its components by name."""
    found = _plain(schema, shapes)
    wanted = set(found.get("required", ()))
    fields: Mapping[str, Any] = found.get("properties", {})
    if not fields and found.get("minProperties"):
        return {"name": _BY_NAME["name"]}
    if not wanted:
        wanted = {*[name for name in _FIRST if name in fields][:1]} or {*list(fields)[:1]}
    return {name: _value(name, one, shapes) for name, one in fields.items() if name in wanted}


def _plain(schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references, and the first of several that is not null."""
    while True:
        if "$ref" in schema:
            schema = shapes[schema["$ref"].rpartition("/")[2]]
        elif several := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            there = [one for one in several if one.get("type") != "null"]
            schema = {**there[0], **{name: one for name, one in schema.items() if name not in _SEVERAL}}
        else:
            return schema


def _value(name: str, schema: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    found = _plain(schema, shapes)
    if "enum" in found:
        return next(one for one in found["enum"] if one is not None)
    if "const" in found:
        return found["const"]
    match found.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, found.get("minimum", 1))
        case "array":
            return [_value(name.removesuffix("s"), found.get("items", {}), shapes)]
        case "object":
            return example_of(found, shapes)
        case _:
            return _text(name, found)


def _text(name: str, schema: Mapping[str, Any]) -> Any:
    match schema.get("format"):
        case "uuid":
            return _IDS.get(name, _SOMETHING)
        case "date-time":
            return _INSTANT
        case "date":
            return _DAY
        case "duration":
            return "P14D"
        case _:
            return _BY_NAME.get(name, name.replace("_", " "))
