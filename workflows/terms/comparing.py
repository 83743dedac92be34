"""What two agreements say otherwise, and for whom: for people who choose between texts or negotiate one."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final, Literal, get_args

import msgspec
from msgspec.structs import replace

from workflows.terms.besides import besides
from workflows.terms.differences import Difference, Topic, differing
from workflows.terms.explain import Teller
from workflows.terms.law import rule_of
from workflows.terms.model import Party, Terms
from workflows.words import Language

Whom = Literal["controller", "processor", "either"]

_ORDER: Final = ("other", *(topic for topic in get_args(Topic) if topic != "other"))
"""What is about the whole comes first; then as in a terms file, whichever of the two says it."""
_WHOSE: Final[dict[str, Party]] = {
    **dict.fromkeys(("engaging", "revocation", "refusal_reason"), "controller"),
    **dict.fromkeys(
        ("board", "overruling", "emergency", "begins_beside", "bound", "region", "safeguards"), "processor"
    ),
    **dict.fromkeys(("authority", "told", "channels", "direct", "free"), "processor"),
    **dict.fromkeys(("unchosen", "erasure_asked", "return_as", "declaration", "restricted"), "processor"),
    **dict.fromkeys(("audit_by", "audit_indications", "audit_reason"), "controller"),
    **dict.fromkeys(("audit_certificate", "audit_refuse"), "processor"),
}
"""Whose duty or right a line is about, where no party stands beside it in the file."""
_OF_PROCESSOR: Final = ("kept", "content", "flag", "penalty", "damages", "audit_improve", "inaccessible")
_STATEMENT: Final = "statement."
_SURVIVES: Final = "survives."


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `whom`: who must or may act; `either` where it is both or neither.

    `in_substance` False: the same words under another clause.
    """

    topic: Topic
    label: str
    first: str
    second: str
    whom: Whom
    in_substance: bool


def compared(first: Terms, second: Terms, lang: Language, *, everything: bool = False) -> tuple[Compared, ...]:
    """What the two say otherwise, by what it is about; what one of them lacks is empty.

    Their names are left out, and so are the clauses of two agreements that are no rules: they are numbered otherwise,
    and nothing tells which of them say the same. `everything` has those too.
    """
    versions = first.id == second.id
    lines = [
        _compared(first, second, key, one, lang)
        for key, one in _side_by_side(first, second, differing(first, second, lang)).items()
        if key != "title" and (everything or versions or not key.startswith(_STATEMENT))
    ]
    found = [one for one in lines if one.first != one.second]
    found += [
        Compared(
            topic=one.topic,
            label=one.label,
            first=one.first,
            second=one.second,
            whom="either",
            in_substance=one.in_substance,
        )
        for one in besides(first, second, lang, [(one.topic, one.first, one.second) for one in found])
    ]
    return tuple(sorted(found, key=lambda one: _ORDER.index(one.topic)))


def _side_by_side(first: Terms, second: Terms, found: Mapping[str, Difference]) -> dict[str, Difference]:
    """Duties that outlive the agreements, and that each of the two words its own way, laid beside each other: those
    that go on until the same."""
    until = {f"{_SURVIVES}{one.duty}": one.until for one in (*first.ending.survives, *second.ending.survives)}
    alone = [key for key, one in found.items() if key in until and not (one.was and one.becomes)]
    theirs = [key for key in alone if found[key].becomes]
    beside: dict[str, str] = {}
    for key in alone:
        other = next((one for one in theirs if until[one] == until[key] and one not in beside.values()), None)
        if found[key].was and other is not None:
            beside[key] = other
    return {
        key: replace(one, becomes=found[beside[key]].becomes) if key in beside else one
        for key, one in found.items()
        if key not in beside.values()
    }


def _compared(first: Terms, second: Terms, key: str, one: Difference, lang: Language) -> Compared:
    was, becomes = str(one.was), str(one.becomes)
    match key.partition(".")[0]:
        case "days":
            was, becomes = _counted(first, second, lang), _counted(second, first, lang)
        case "statement":
            was, becomes = (_statement(terms, key.removeprefix(_STATEMENT), lang) for terms in (first, second))
            if was == becomes:
                was, becomes = (_under(terms, key.removeprefix(_STATEMENT), lang) for terms in (first, second))
    return Compared(
        topic=one.topic,
        label=str(one.label),
        first=was,
        second=becomes,
        whom=_whom(first, key) or _whom(second, key) or "either",
        in_substance=one.in_substance,
    )


def _counted(terms: Terms, other: Terms, lang: Language) -> str:
    """How days are counted, without what the other says of it in the same words."""
    there = set(Teller(other, lang).counting())
    return " ".join(one for one in Teller(terms, lang).counting() if one not in there)


def _statement(terms: Terms, name: str, lang: Language) -> str:
    """A clause that is no rule, in the reader's language or quoted in its own."""
    found = next((one for one in terms.statements if one.id == name), None)
    if found is None:
        return ""
    return str(Teller(terms, lang).whole(partial(Teller.own, part=found, name="text")))


def _under(terms: Terms, name: str, lang: Language) -> str:
    """A clause that is no rule with where it stands, which alone is otherwise."""
    return next(
        (
            str(Teller(terms, lang).whole(partial(Teller.statement, one=one)))
            for one in terms.statements
            if one.id == name
        ),
        "",
    )


def _whom(terms: Terms, key: str) -> Party | None:
    """Whose duty or right a line is about."""
    kind, _, name = key.partition(".")
    if kind == "rule":
        rule = rule_of(terms, name)
        return rule.party if rule is not None else None
    if kind == "matter":
        raised = name.rpartition(".")[2]
        return "controller" if raised == "controller" else "processor"
    if kind == "amending" and terms.amendment.how == "unilateral":
        return "processor"
    for right in terms.ending.rights:
        if key == f"right_{right.ground}" and right.whose != "either":
            return right.whose
    return "processor" if _begins(kind, _OF_PROCESSOR) else _WHOSE.get(kind)


def _begins(kind: str, names: Iterable[str]) -> bool:
    return any(kind == name or kind.startswith(f"{name}_") for name in names)
