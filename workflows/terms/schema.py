"""The format of terms files as a JSON Schema, for editors that check and complete while one types.

What the schema lets pass `termijn terms check` may still refuse: it knows which parts belong together.
Run as a program it prints the schema; `make docs` writes `terms.schema.json` with it.
"""

import inspect
import json
import re
import sys
from importlib.resources import files
from typing import Any, Final, get_args

import msgspec

from workflows.names import IGNORED
from workflows.terms import model
from workflows.terms.check import LONGEST_ID, SLUG, VERSION
from workflows.terms.countries import COUNTRIES, groups
from workflows.terms.currencies import CURRENCIES
from workflows.terms.keys import Key, keys_of, shapes, written_as
from workflows.terms.model import Starts, Terms
from workflows.terms.names import MATTERS, OF_KIND, RETENTION, RULES, RuleName, rule_name
from workflows.terms.own import IN_LANGUAGES, TEXTS
from workflows.terms.shape import LONGEST_TEXT, NEVER_EMPTY
from workflows.time.legal_days import known_calendars
from workflows.words import LANGUAGES

Json = dict[str, Any]

FILE: Final = "terms.schema.json"
PERIOD: Final = "^P(0*[1-9][0-9]*(D|W|M|Y|WD)|T0*[1-9][0-9]*H)$"
_SEEN: Final = rf"[^\s\u2800{IGNORED}]"
SOMETHING: Final = _SEEN
ONE_LINE: Final = r"^\s*[^\n]*\s*$"
ONE_LINE_OF_SOMETHING: Final = rf"^\s*[^\n]*{_SEEN}[^\n]*\s*$"
_PERIODS: Final = ("period", "earlier_of_cancellation", "effect_period")
_LENGTHS: Final = ("period", "field", "follows")
_SEVERAL_LINES: Final = ("text", "text_nl", "note", "reading", "incomplete")
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The newest draft that every editor knows. In it nothing beside a `$ref` counts."""


def packaged_schema() -> bytes:
    """The schema as it was written when the program was made."""
    return files("workflows.terms").joinpath(FILE).read_bytes()


def schema() -> Json:
    """Make the schema from the model."""
    made = json.loads(json.dumps(msgspec.json.schema(Terms)).replace("#/$defs/", "#/definitions/"))
    parts: dict[str, Json] = made.pop("$defs")
    for kind in shapes():
        part = parts[kind.__name__]
        # What a document holds of texts by language; a file writes the texts themselves as tables.
        part["properties"].pop(IN_LANGUAGES, None)
        part["description"] = f"{written_as(kind)} {inspect.getdoc(kind) or ''}".strip()
        part["properties"] = {one.name: _key(one, part["properties"][one.name]) for one in keys_of(kind)}
    _narrow(parts)
    _together(parts)
    top = {"title": "Terms file of Termijn", "description": parts["Terms"]["description"], **made}
    return {"$schema": _DRAFT, **_beside_ref(top), "definitions": parts}


def _key(key: Key, field: Json) -> Json:
    """One key: what it takes, and what an editor shows of it."""
    made = _plain(field)
    if key.name in NEVER_EMPTY and made.get("type") == "array":
        made |= {"minItems": 1}
    for inner in ("items", "additionalProperties"):  # what stands in a list or a table of names says something
        if made.get(inner) == {"type": "string"}:
            made |= {inner: {"type": "string", "pattern": SOMETHING}}
    if made.get("type") == "string" and "enum" not in made:
        made |= {"maxLength": LONGEST_TEXT}
        if key.needed:
            made |= {"pattern": SOMETHING if key.name in _SEVERAL_LINES else ONE_LINE_OF_SOMETHING}
        elif key.name not in _SEVERAL_LINES:
            made |= {"pattern": ONE_LINE}
        if key.name in _PERIODS:
            made |= {"pattern": PERIOD}
        if key.name in TEXTS:
            made = _in_each(made)
    shown = [key.says, f"Takes: {key.takes}."] + ([f"Example: {key.example}"] if key.example not in ("", "…") else [])
    return {"description": "\n\n".join(shown), **_beside_ref(made)}


def _beside_ref(made: Json) -> Json:
    """What stands beside a reference would not count."""
    if "$ref" not in made:
        return made
    return {"allOf": [{"$ref": made["$ref"]}], **{key: value for key, value in made.items() if key != "$ref"}}


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


def _narrow(parts: dict[str, Json]) -> None:
    """Say what texts there are besides their being texts."""
    places = {"enum": [*groups(), *sorted(COUNTRIES)]}
    terms = parts["Terms"]["properties"]
    terms["id"] |= {"pattern": f"^{SLUG.pattern}$", "maxLength": LONGEST_ID}
    terms["version"] |= {"pattern": f"^{VERSION.pattern}$"}
    terms["zone"] |= {"pattern": "^[A-Z][A-Za-z_]+/.+$"}
    terms["calendar"] |= {"enum": list(known_calendars())}
    terms["notice_contacts"] |= {"minItems": 1}
    terms["services"]["additionalProperties"] = _in_each({"type": "string"})
    parts["Counting"]["properties"]["holidays"] |= {"enum": ["", *known_calendars()]}
    parts["Counting"]["properties"]["day_ends"] |= {"pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9])?$"}
    parts["Counting"]["properties"]["working_days"] |= {"minItems": 1, "uniqueItems": True}
    for part in ("Region", "CountryFlag"):
        parts[part]["properties"]["inside"] |= {"items": places, "minItems": 1}
    parts["RegisterEntry"]["properties"]["country"] |= {"enum": sorted(COUNTRIES)}
    parts["BreachKind"]["properties"]["id"] |= {"pattern": r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"}
    parts["Field"]["properties"]["name"] |= {"pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"}
    penalty = parts["Penalty"]["properties"]
    penalty["currency"] |= {"enum": sorted(CURRENCIES)}
    for amount in ("base", "per_hour"):
        penalty[amount] |= {"pattern": r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$"}
    terms["penalties"]["propertyNames"] = {"pattern": r"^[a-z][a-z0-9_]*\.penalty$"}
    parts["Rule"]["properties"]["starts"]["anyOf"] = [
        {"enum": list(get_args(Starts))},
        {"pattern": f"^{model.AFTER}"},
    ]
    _rules(terms["rules"])


def _rules(rules: Json) -> None:
    """Which rules there are, and of each whose it is and from what it may run."""
    named = {name: _rule(one) for name, one in RULES.items()}
    named |= {name: _rule(rule_name(name)) for name in MATTERS}
    rules.pop("additionalProperties")
    rules |= {
        "properties": named,
        "patternProperties": {
            rf"^{re.escape(one)}[a-z][a-z0-9]*(_[a-z0-9]+)*$": _rule(rule_name(f"{one}x"))
            for one in (RETENTION, OF_KIND)
        },
        "additionalProperties": False,
        "required": ["end.erasure"],
    }


def _rule(name: RuleName | None) -> Json:
    assert name is not None
    starts: list[Json] = [{"enum": list(name.starts)}, *([{"pattern": f"^{model.AFTER}"}] if name.after else [])]
    own = {"properties": {"party": {"enum": [name.party]}, "starts": {"anyOf": starts}}}
    return {
        "description": f"Whose: {name.party}. Runs from: {', '.join(name.starts)}{', after:' if name.after else ''}.",
        "allOf": [{"$ref": "#/definitions/Rule"}, own],
    }


def _together(parts: dict[str, Json]) -> None:
    """What goes together, or does not, where that shows without a look at the rest of the file."""
    rule, off = parts["Rule"], {"enum": [False]}
    flags = {"immediately": off, "calendar_year": off}
    rule["dependencies"] = {
        one: {"properties": {**dict.fromkeys(_LENGTHS[place + 1 :], False), **flags}}
        for place, one in enumerate(_LENGTHS)
    }
    rule |= {
        "if": {"properties": {"immediately": {"enum": [True]}}, "required": ["immediately"]},
        "then": {"properties": {"calendar_year": off}},
    }
    parts["Subprocessors"]["allOf"] = [
        _if("rule", ["objection"], ["overruling"]),
        _if("rule", ["objection", "consent", "information", "termination_right"], ["clause"]),
    ]
    parts["Amendment"]["allOf"] = [_if("how", ["unilateral", "joint", "consult", "controller"], ["clause"])]
    parts["Survival"]["allOf"] = [_if("until", ["period"], ["period"])]
    parts["TerminationRight"]["allOf"] = [_if("takes_effect", ["after"], ["effect_period"])]


def _if(key: str, words: list[str], needed: list[str]) -> Json:
    """With one of these words these keys are needed."""
    return {"if": {"properties": {key: {"enum": words}}, "required": [key]}, "then": {"required": needed}}


def document() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
