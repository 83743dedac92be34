"""The sentences of a declaration, from `catalogue/*.po`: what the form sets where. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workflows.words import Catalogue, Language, Sentences

CATALOGUE: Final = Catalogue("service.certificate.catalogue")

_GROUPS: Final = ("about", "line", "data", "subprocessors", "stays", "issued")
"""Headings, labels and sentences without a blank, which the form takes as they are."""

Values = Mapping[str, Any]


def sentences(d: Values, lang: Language) -> dict[str, Any]:
    """What the form says of the values `d` that `template_values` gives, by the names that the form has for it."""
    said = CATALOGUE.in_language(lang)
    plain = {key.replace(".", "-"): said(key) for key in said if key.partition(".")[0] in _GROUPS and _whole(said, key)}
    customer, issued = d["customer"]["name"], d["issued"]
    return {
        **plain,
        "lang": lang,
        "title": said("title.return" if d["returned"] else "title.erase"),
        "about": said("head.about", customer=customer),
        "number": said("head.number"),
        "page": said.text("head.page"),
        "sentence": _declares(d, said),
        "version": said("about.version", version=d["version"]),
        "contracts": [_ran(one, said) for one in d["contracts"]],
        "why": _ended(d, said),
        "chose": _chose(d["chosen"], said) if d["chosen"] is not None else "",
        "when": said("line.when", place=d["place"]),
        "returned": [_line(one, said) for one in d["returned"]],
        "erased": [_line(one, said) for one in d["erased"]],
        "unconfirmed": [_line(one, said) for one in d["unconfirmed"]],
        "allowed": said("data.allowed", clauses=_clauses(d["unconfirmed"])),
        "subprocessors": [_worked(one, said) for one in d["subprocessors"]],
        "stays": [*(_kept(one, said) for one in d["kept"]), *(_left(one, said) for one in d["left"])],
        "duties": [_duty(one, said) for one in d["duties"]],
        "nothing-stays": said("stays.nothing_known" if d["unconfirmed"] else "stays.nothing"),
        "proof": said("stays.proof", period=d["retention"]),
        "by": f"{d['processor']['name']} ({issued[-1]['by']})" if issued else d["processor"]["name"],
        "reference": issued[-1]["evidence"] if issued else "",
        "up-to": said("issued.up_to", number=d["events"]),
    }


def _whole(said: Sentences, key: str) -> bool:
    return "{" not in said.text(key)


def _declares(d: Values, said: Sentences) -> str:
    done = "returned" if d["returned"] else "erased"
    but = "_but" if d["unconfirmed"] or d["kept"] or d["left"] else ""
    first = said(f"declares.{done}{but}", processor=d["processor"]["name"], customer=d["customer"]["name"])
    asked = said("declares.required", clause=d["clause"]) if d["clause"] else said("declares.unasked")
    return f"{first} {asked}"


def _ran(one: Values, said: Sentences) -> str:
    if one["ends"]:
        return said("about.ran_until", **one)
    return said("about.ran", reference=one["reference"], starts=one["starts"])


def _ended(d: Values, said: Sentences) -> str:
    if not d["ended"]:
        return ""
    key = f"about.ended_{d['ground']}"
    return said(key, day=d["ended"]) if key in said else ", ".join(one for one in (d["ended"], d["ground"]) if one)


def _chose(chosen: Values, said: Sentences) -> str:
    key = f"about.chose_{chosen['data']}"
    if chosen["format"]:
        return said(f"{key}_as", received=chosen["received"], form=chosen["format"])
    return said(key, received=chosen["received"])


def _line(one: Values, said: Sentences) -> dict[str, str]:
    holder = one["holder"]
    held = said(f"line.held_{holder}") if holder in ("processor", "backups") else said("line.held", name=holder)
    without = said("line.without", names=", ".join(one["kept"])) if one["kept"] else ""
    by = f"line.by_{one['confirms']}"
    return {
        "text": one["text"],
        "about": " · ".join(part for part in (held, one["clause"], without) if part),
        "done": one["done"],
        "due": said("line.due", day=one["due"]) if one["due"] else "",
        "from": said(by, by=one["by"]) if by in said else one["by"],
        "evidence": one["evidence"],
    }


def _clauses(rows: Sequence[Values]) -> str:
    return "; ".join(dict.fromkeys(one["clause"] for one in rows))


def _worked(one: Values, said: Sentences) -> dict[str, str]:
    since = {"since": one["since"]}
    return {
        "name": one["name"],
        "country": one["country"],
        "span": said("subprocessors.until", **since, until=one["until"]) if one["until"] else one["since"],
        "standing": said(f"subprocessors.{one['how'] or 'no_item'}"),
    }


def _duty(one: Values, said: Sentences) -> str:
    blanks = {"what": one["text"], "clause": one["clause"]}
    return said("stays.duty_until", **blanks, day=one["until"]) if one["until"] else said("stays.duty", **blanks)


def _kept(one: Values, said: Sentences) -> str:
    what = ", ".join(one["what"]) or said("stays.all")
    if one["until"]:
        return said("stays.kept_until", what=what, ground=one["ground"], day=one["until"])
    return said("stays.kept", what=what, ground=one["ground"])


def _left(one: Values, said: Sentences) -> str:
    if one["due"]:
        return said("stays.left_due", what=one["text"], clause=one["clause"], day=one["due"])
    return said("stays.left", what=one["text"], clause=one["clause"])
