"""What stands in a terms file without what it belongs to, or is used by nothing. Pure."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from workflows.terms.finding import Found
from workflows.terms.law import law_key
from workflows.terms.model import AuditRules, BreachRules, Terms
from workflows.terms.names import CHANNELS, DECLARATION, OF_KIND, PENALTIES, PLAIN, RETENTION, did_you_mean, rule_name
from workflows.terms.shape import key_path
from workflows.words import LANGUAGES, Catalogue

_ABOUT_DATA: Final = (RETENTION, "end.")
"""Rules on data, which a cancellation may bound."""
_NOTICE: Final = "breach.notice"
_KIND: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_SAID_OF_BREACHES: Final = (
    "clause", "contacts", "channels", "authority", "contents", "kinds", "register_clause", "rhythm_clause", "cost",
)  # fmt: skip
_CLOSE: Final = 0.75
"""How much of a penalty's name has to be that of a known one for it to be taken as misspelt."""
_WORDS: Final = Catalogue("workflows.terms.asking")


def alone(terms: Terms) -> Found:
    """What belongs to something that the file does not have, and what nothing in it uses."""
    yield from _clauses(terms)
    yield from _laws(terms)
    yield from _rules(terms)
    yield from _services(terms)
    yield from _twins(terms)
    yield from _breach(terms)
    yield from _requests(terms)
    for name in terms.penalties:
        yield from _penalty(name)
    if DECLARATION in terms.rules and not terms.end.declaration:
        yield (
            key_path("rules", DECLARATION),
            "is the time of a declaration that end does not ask for: write declaration = true there too",
        )


def _clauses(terms: Terms) -> Found:
    """A clause for something goes with it."""
    for path, clause, written, key in _belonging(terms):
        if clause.strip() and not written:
            yield path, f"is the clause of {key}, which is not written: write both or neither"


def _belonging(terms: Terms) -> Iterator[tuple[str, str, bool, str]]:
    """Each clause that is there for another key: its place, what it is, whether that key is written, and its name."""
    for name, rule in terms.rules.items():
        yield key_path(key_path("rules", name), "form_clause"), rule.form_clause, rule.form != "any", "form"
    region = terms.subprocessors.region
    if region is not None:
        asked = region.safeguards or region.outside == "safeguards"
        yield "subprocessors.region.safeguards_clause", region.safeguards_clause, asked, "safeguards"
    if terms.breach is not None:
        yield "breach.cost_clause", terms.breach.cost_clause, bool(terms.breach.cost), "cost"
    if (requests := terms.requests) is not None:
        yield "requests.cost_clause", requests.cost_clause, bool(requests.cost), "cost"
        yield "requests.direct_clause", requests.direct_clause, requests.direct != "silent", "direct"
    if (audit := terms.audit) is not None:
        yield "audit.cost_clause", audit.cost_clause, _costs(audit), "cost"
        yield "audit.own_cost_clause", audit.own_cost_clause, audit.own_cost != "unsaid", "own_cost"
        yield "audit.improve_clause", audit.improve_clause, bool(audit.improve_at_once), "improve_at_once"
    for place, one in enumerate(terms.matters):
        yield f"matters[{place}].cost_clause", one.cost_clause, bool(one.cost), "cost"


def _costs(audit: AuditRules) -> bool:
    """Whether the text says anything of who bears an audit."""
    return audit.cost != "unsaid" or bool(audit.cost_unless or audit.cost_turns_on or audit.cost_shared)


def _laws(terms: Terms) -> Found:
    """A law is named once, by whichever of its names; an answer to another question is none."""
    seen: dict[str, str] = {}
    lengths = {_WORDS.say(key, lang).casefold() for lang in LANGUAGES for key in _answers()}
    for place, name in enumerate((terms.law, *terms.also_laws)):
        if not name.strip():
            continue
        path = f"also_laws[{place - 1}]" if place else "law"
        if name.strip().casefold() in lengths:
            yield (
                path,
                f"{name[:60]!r} is the name of no law: write it as GDPR, or leave it out where the text names none",
            )
        first = seen.setdefault(law_key(name), name)
        if place and first == name and name in (terms.law, *terms.also_laws)[:place]:
            yield path, f"{name[:60]!r} is named twice: keep one"
        elif first != name:
            yield path, f"{name[:60]!r} is the same law as {first[:60]!r}: keep one"


def _answers() -> list[str]:
    """The words by which questions on a file are answered, such as `at once`."""
    return [key for key in _WORDS.in_language("en") if key.startswith("word.")]


def _rules(terms: Terms) -> Found:
    for name, rule in terms.rules.items():
        path = key_path("rules", name)
        if rule.earlier_of_cancellation is not None and not name.startswith(_ABOUT_DATA):
            yield (
                f"{path}.earlier_of_cancellation",
                "bounds how long data are kept, and the rule is about none: leave it out",
            )
        for key in ("target", "debatable", "earlier_of_cancellation"):
            if rule.minimum and getattr(rule, key):
                yield f"{path}.{key}", "goes with a last day, and minimum = true has none: leave one of the two out"
        known = rule_name(name)
        if known is not None and known.after and rule.after in terms.rules and not rule.after.startswith(_ABOUT_DATA):
            yield (
                f"{path}.starts",
                f"{rule.after!r} says nothing of data: let it run after a rule on data, such as 'after:end.return'",
            )
        if rule.grounds != "none" and rule.party == "processor" and rule.starts != "request":
            yield f"{path}.grounds", "goes with what somebody asks or objects to, and here nobody does: leave it out"


def _services(terms: Terms) -> Found:
    """A file that says what its services are called says it of each that it speaks of."""
    if not terms.services:
        return
    used = [(f"retention[{place}].service", row.service) for place, row in enumerate(terms.retention)]
    for place, entry in enumerate(terms.subprocessors.register):
        used += [(f"subprocessors.register[{place}].services", one) for one in entry.services]
    for path, tag in used:
        if tag and tag not in terms.services:
            hint = did_you_mean(tag, terms.services)
            yield path, f"{tag[:60]!r} is no service of this file: name it under [services].{hint}"


def _twins(terms: Terms) -> Found:
    """Rows of retention that speak of the same data."""
    kinds: dict[tuple[str, ...], int] = {}
    texts: dict[tuple[str, ...], int] = {}
    for place, row in enumerate(terms.retention):
        where = (row.service, *row.holders)
        first = kinds.setdefault((row.category, *where), place)
        same = texts.setdefault((row.text.casefold().strip(), *where), place)
        if first != place and terms.retention[first].text != row.text:
            yield (
                f"retention[{place}]",
                f"is about the same data as retention[{first}]: write one row, or tell them apart by category, "
                "service or holders",
            )
        elif same not in (place, first):
            yield (
                f"retention[{place}].text",
                f"is that of retention[{same}] too, under another category: keep one of them, or say how they differ",
            )


def unsaid(terms: Terms) -> bool:
    """Whether the text has no word on breaches."""
    return terms.breach is not None and terms.breach.rule == "unsaid"


def _breach_unsaid(terms: Terms, breach: BreachRules) -> Found:
    """A text without a word on breaches says nothing else of them; any other has a clause."""
    if breach.rule == "told":
        if not breach.clause.strip():
            yield (
                "breach.clause",
                'is missing: name the clause, or write rule = "unsaid" where the text has no word on it',
            )
        return
    if _NOTICE in terms.rules:
        yield (
            key_path("rules", _NOTICE),
            'speaks of what breach.rule = "unsaid" is silent on: write what the text says as the rule',
        )
    for name in _SAID_OF_BREACHES:
        if getattr(breach, name):
            yield f"breach.{name}", 'goes with what the text says, and not with rule = "unsaid": leave it out'


def _kinds(terms: Terms) -> Found:
    """A kind of breach and its clock go together."""
    kinds = terms.breach.kinds if terms.breach is not None else ()
    for place, one in enumerate(kinds):
        path, rule = f"breach.kinds[{place}].id", f"{OF_KIND}{one.id}"
        if one.id == PLAIN:
            yield path, f"{PLAIN!r} stands for those of no kind, which go by breach.notice: write another name"
        elif not _KIND.fullmatch(one.id):
            yield path, f"{one.id[:40]!r} must be small letters, digits and _, such as wrongful_disclosure"
        elif rule not in terms.rules:
            yield path, f'has no clock: write the rule [rules."{rule}"].{did_you_mean(rule, terms.rules)}'
    for name in terms.rules:
        kind = name.removeprefix(OF_KIND)
        if name.startswith(OF_KIND) and kind not in {one.id for one in kinds}:
            yield key_path("rules", name), f'goes with a kind of breach: add [[breach.kinds]] with id = "{kind}"'


def _breach(terms: Terms) -> Found:
    yield from _kinds(terms)
    breach = terms.breach
    if breach is not None:
        yield from _breach_unsaid(terms, breach)
    notice = terms.rules.get(_NOTICE)
    if breach is not None and breach.channels and notice is not None:
        for one in (one for one in notice.channel.split(", ") if one in CHANNELS and one not in breach.channels):
            yield (
                f"{key_path('rules', _NOTICE)}.channel",
                f"is {one!r}, which breach.channels does not have: write one of those, or add it there",
            )
    if breach is not None and breach.voicemail != "no" and "phone" not in breach.told_by:
        yield "breach.voicemail", 'is left by telephone: write "phone" among channels, or leave it out'


def _requests(terms: Terms) -> Found:
    if terms.requests is not None and terms.requests.direct == "silent" and "request.forward" in terms.rules:
        yield (
            "requests.direct",
            'is "silent", and the rule request.forward says that a request is passed on: write "forward"',
        )


def _penalty(name: str) -> Found:
    stems = {one.partition(".")[0]: one for one in PENALTIES}
    close = difflib.get_close_matches(name.partition(".")[0][:80], stems, n=1, cutoff=_CLOSE)
    if close and stems[close[0]] != name and name.endswith(".penalty"):
        yield key_path("penalties", name), f"is nearly {stems[close[0]]!r}: write that, or another name"
