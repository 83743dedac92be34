"""What stands in a terms file twice, or rests on a clause or a text that is not in it. Pure."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from workflows.terms.finding import Found, unique
from workflows.terms.model import Base, Terms
from workflows.terms.names import CHANNELS, did_you_mean
from workflows.terms.own import IN_LANGUAGES, SERVICES, TEXTS
from workflows.terms.shape import key_path

_PAIR: Final = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")
_LISTED: Final = re.compile(r"(?<!\w)\w{1,4}\)")
_ONLY_CUSTOMERS: Final = ("amendment", "subprocessor", "objection", "overruled_objection")
"""Grounds that follow what the processor tells its customer."""


def lists(terms: Terms) -> Found:
    """What is said twice in a list, and what refers to something that the file does not have."""
    yield from _twice(terms)
    yield from _printed(terms)
    yield from _brackets(terms)
    yield from _channels(terms)
    yield from _parties(terms)
    yield from _selected(terms)
    if terms.also_laws and not terms.law.strip():
        yield "law", "is missing: also_laws names further laws, so name the first of them here"
    texts = {*terms.__struct_fields__} & TEXTS | {f"{SERVICES}.{tag}" for tag in terms.services}
    for name in sorted(terms.in_languages.keys() - texts):
        yield IN_LANGUAGES, f"has {name[:60]!r}, which is no text of this part: remove it"
    for path, part in _parts(terms, ""):
        yield from _by_language(part, path)
        yield from unique(key_path(path, "ids"), part.ids)


def _by_language(part: Base, path: str) -> Found:
    """Texts that are given by language are texts of the part, and say their Dutch once."""
    for name in part.in_languages:
        if name not in TEXTS or name not in part.__struct_fields__:
            yield key_path(path, IN_LANGUAGES), f"has {name[:60]!r}, which is no text of this part: remove it"
        elif (twin := getattr(part, f"{name}_nl", "")) and part.in_languages[name].get("nl", twin) != twin:
            yield key_path(path, f"{name}_nl"), "is another Dutch text than the one under nl: keep one of them"


def _selected(terms: Terms) -> Found:
    """The field in which each agreement names its places is one, and required."""
    region = terms.subprocessors.region
    field = region.field if region is not None else ""
    found = next((one for one in terms.fields if one.name == field), None)
    if found is not None and found.kind != "places":
        yield (
            f"fields[{terms.fields.index(found)}].kind",
            f'is {found.kind!r}, and {field} says the places that a customer selects: write "places"',
        )
    elif field and (found is None or not found.required):
        hint = did_you_mean(field, [one.name for one in terms.fields])
        yield (
            "subprocessors.region.field",
            f"{field[:60]!r} is no required field of kind places: add it under [[fields]].{hint}",
        )


def _twice(terms: Terms) -> Found:
    yield from unique("notice_contacts", terms.notice_contacts)
    yield from unique("contact_needs", [f"{need.role}, {need.channel}" for need in terms.contact_needs])
    yield from unique("amendment.significant", terms.amendment.significant)
    yield from unique("matters", [f"{one.kind}, {one.raised_by}" for one in terms.matters])
    yield from unique("ending.survives", [one.duty for one in terms.ending.survives])
    yield from unique(
        "retention",
        [" · ".join((one.category, one.service, one.text, *one.holders)) for one in terms.retention],
    )
    if terms.breach is not None:
        yield from unique("breach.contacts", terms.breach.contacts)
        yield from unique("breach.channels", terms.breach.channels)
    if terms.subprocessors.region is not None:
        yield from unique("subprocessors.region.inside", terms.subprocessors.region.inside)
    for place, flag in enumerate(terms.subprocessors.flags):
        yield from unique(f"subprocessors.flags[{place}].inside", flag.inside)
    for place, entry in enumerate(terms.subprocessors.register):
        yield from unique(f"subprocessors.register[{place}].services", entry.services)
    for place, row in enumerate(terms.retention):
        yield from unique(f"retention[{place}].holders", row.holders)


def _printed(terms: Terms) -> Found:
    """A number that is misprinted is one of a clause that the file rests on, or beside one: `II 8.1` by `II 8.2`."""
    if not terms.printed:
        return
    named = {item for clause in _clauses(terms) for part in clause.split("; ") for item in part.split(", ")}
    beside = {_above(one) for one in named}
    for clause in terms.printed:
        if clause not in named and _above(clause) not in beside:
            yield (
                key_path("printed", clause),
                "is no clause that anything in this file rests on: write it as it stands there, or leave it out",
            )


def _brackets(terms: Terms) -> Found:
    """Brackets of a clause that do not belong together; `a)` is how some number what they list."""
    for path, part in _parts(terms, ""):
        for name in part.__struct_fields__:
            if name != "clause" and not name.endswith("_clause"):
                continue
            bare = getattr(part, name)
            while (fewer := _PAIR.sub("", bare)) != bare:
                bare = fewer
            if any(one in _LISTED.sub("", bare) for one in "()[]"):
                yield (
                    key_path(path, name),
                    f"{getattr(part, name)[:60]!r} has a bracket without its other half: write both or neither",
                )


def _above(clause: str) -> str:
    """The clause of which it is a part; itself where it has no parts."""
    return clause.rpartition(".")[0] or clause


def _clauses(terms: Terms) -> Iterator[str]:
    for _, part in _parts(terms, ""):
        yield from (
            getattr(part, name) for name in part.__struct_fields__ if name == "clause" or name.endswith("_clause")
        )


def _channels(terms: Terms) -> Found:
    for name, rule in terms.rules.items():
        given = rule.channel.split(", ") if rule.channel else []
        if any(one not in CHANNELS for one in given):
            yield (
                key_path(key_path("rules", name), "channel"),
                f'is {rule.channel[:60]!r}: write "phone", "email", or both with a comma between them',
            )
        else:
            yield from unique(key_path(key_path("rules", name), "channel"), given)


def _parties(terms: Terms) -> Found:
    for place, right in enumerate(terms.ending.rights):
        if right.ground in _ONLY_CUSTOMERS and right.whose != "controller":
            yield (
                f"ending.rights[{place}].party",
                f"is {right.party!r}: the processor tells, and the right over it is the controller's alone here; "
                "leave it out, and write the processor's own right under [[statements]]",
            )


_HOLDS_PARTS: Final = (msgspec.Struct, tuple, dict)


def _parts(value: object, path: str) -> Iterator[tuple[str, Base]]:
    """Every part of the file that rests on a clause, each with its key."""
    if isinstance(value, Base):
        yield path, value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            one = getattr(value, name)
            if one and isinstance(one, _HOLDS_PARTS):
                yield from _parts(one, key_path(path, name))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            if isinstance(one, _HOLDS_PARTS):
                yield from _parts(one, f"{path}[{place}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, msgspec.Struct):
                yield from _parts(one, key_path(path, name))
