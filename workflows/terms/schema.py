"""The format of terms files as a JSON Schema, for editors that check and complete while one types.

What the schema lets pass `termijn terms check` may still refuse: it knows which parts belong together.
Run as a program it prints the schema; `make docs` writes `terms.schema.json` with it.
"""

import inspect
import json
import sys
from importlib.resources import files
from typing import Any, Final, get_args

import msgspec

from workflows.terms import model
from workflows.terms.countries import COUNTRIES, groups
from workflows.terms.currencies import CURRENCIES
from workflows.terms.model import Starts, Terms
from workflows.terms.names import MATTERS, RETENTION, RULES
from workflows.terms.own import IN_LANGUAGES, TEXTS
from workflows.time.legal_days import known_calendars
from workflows.words import LANGUAGES

Json = dict[str, Any]

FILE: Final = "terms.schema.json"
PERIOD: Final = "^P([0-9]+(D|W|M|Y|WD)|T[0-9]+H)$"
_PERIODS: Final = ("period", "earlier_of_cancellation")
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def packaged_schema() -> bytes:
    """The schema as it was written when the program was made."""
    return files("workflows.terms").joinpath(FILE).read_bytes()


def schema() -> Json:
    """Make the schema from the model."""
    made = msgspec.json.schema(Terms)
    shapes: dict[str, Json] = made["$defs"]
    for name, shape in shapes.items():
        # What a document holds of texts by language; a file writes the texts themselves as tables.
        shape["properties"].pop(IN_LANGUAGES, None)
        shape["description"] = inspect.getdoc(getattr(model, name, None)) or ""
        for key, field in shape["properties"].items():
            shape["properties"][key] = _in_each(_plain(field)) if key in TEXTS else _plain(field)
            if key in _PERIODS:
                shape["properties"][key]["pattern"] = PERIOD
    _narrow(shapes)
    return {"$schema": _DRAFT, "title": "Terms file of Termijn", **made}


def _plain(field: Json) -> Json:
    """TOML has no null: what may be absent is left out, or there."""
    kinds = [one for one in field.get("anyOf", ()) if one != {"type": "null"}]
    rest = {key: value for key, value in field.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**kinds[0], **rest} if len(kinds) == 1 else field


def _in_each(text: Json) -> Json:
    """A text may be given once or by language; keys of that name that are words of the format stay as they are."""
    if text.get("type") != "string":
        return text
    words = {one: {"type": "string", "minLength": 1} for one in LANGUAGES}
    table = {"minProperties": 1, "properties": words, "additionalProperties": False}
    return {**text, "type": ["string", "object"], **table}


def _narrow(shapes: dict[str, Json]) -> None:
    """Say what texts there are besides their being texts."""
    calendars = {"enum": list(known_calendars())}
    places = {"enum": [*groups(), *sorted(COUNTRIES)]}
    terms = shapes["Terms"]["properties"]
    terms["calendar"] |= calendars
    terms["rules"]["propertyNames"] = {"anyOf": [{"enum": [*RULES, *MATTERS]}, {"pattern": f"^{RETENTION}[a-z0-9_]+$"}]}
    shapes["Counting"]["properties"]["holidays"] |= {"enum": ["", *known_calendars()]}
    shapes["Counting"]["properties"]["day_ends"] |= {"pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9])?$"}
    for shape in ("Region", "CountryFlag"):
        shapes[shape]["properties"]["inside"]["items"] = places
    shapes["RegisterEntry"]["properties"]["country"] = {"enum": sorted(COUNTRIES)}
    shapes["Penalty"]["properties"]["currency"] |= {"enum": sorted(CURRENCIES)}
    starts = shapes["Rule"]["properties"]["starts"]
    starts["anyOf"] = [{"enum": list(get_args(Starts))}, {"pattern": f"^{model.AFTER}"}]


def document() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
