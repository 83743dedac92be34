"""What the agreements that a breach touches want to know, each question once, with who asks it and what is known."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from service.board.forms import calling
from service.board.forms.choices import Around
from service.board.forms.fields import Field
from service.board.names import names_of
from workflows.breach.words import text
from workflows.terms.clauses import as_found
from workflows.terms.model import Content, Terms
from workflows.words import Spoken

OWN: Final[Mapping[str, str]] = {"summary": "summary", "categories": "categories", "people": "people_min"}
"""By source of an answer: the field of the form from which it is taken."""
NAMED: Final = 3
"""So many customers are named beside a question; the others are counted."""


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """A customer whose agreement asks something, with its clause and its words."""

    customer: str
    clause: str
    words: Spoken


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question: which field of the form answers it too (empty for none), who asks it, and what is known."""

    id: str
    field: str
    askers: tuple[Asker, ...]
    answer: str


async def questions_of(around: Around) -> tuple[Question, ...]:
    """What is asked by the agreements of the cases that go on, in the order of their texts."""
    cases = [one for one in around.subject.get("cases", ()) if not one["dropped_why"]]
    if not cases:
        return ()
    async with calling.FormCall(around.request).reading() as unit:
        names = await names_of(unit, [UUID(case["agreement_id"]) for case in cases])
        versions = dict.fromkeys(one.terms_version_id for one in names.values() if one.terms_version_id is not None)
        terms = await unit.engine.terms(unit.connection, list(versions))
    found: dict[str, Question] = {}
    for case in cases:
        name = names.get(UUID(case["agreement_id"]))
        if name is None or name.terms_version_id is None:
            continue
        own = terms[name.terms_version_id]
        asked = {one.id: one for one in own.breach.contents} if own.breach is not None else {}
        for one in case["contents"]:
            if one["id"] in asked:
                _add(found, case, one, own, asked[one["id"]], around)
    return tuple(found.values())


def _add(
    found: dict[str, Question],
    case: Mapping[str, Any],
    shown: Mapping[str, Any],
    terms: Terms,
    one: Content,
    around: Around,
) -> None:
    asker = Asker(
        customer=case["customer"],
        clause=as_found(terms, one.clause, around.lang),
        words=text(terms, one, around.lang),
    )
    known = found.get(one.id)
    if known is None:
        found[one.id] = Question(
            id=one.id, field=OWN.get(one.source, ""), askers=(asker,), answer=shown["answer"] or ""
        )
    else:
        found[one.id] = msgspec.structs.replace(known, askers=(*known.askers, asker))


def question_fields(around: Around, questions: Sequence[Question]) -> tuple[Field, ...]:
    """A field for each question; what another field answers too stands aside."""
    return tuple(
        Field(
            name=one.id,
            shape="contents",
            kind="wording",
            label=one.askers[0].words,
            lang=one.askers[0].words.lang,
            beside=_beside(around, one),
            aside=bool(one.field),
        )
        for one in questions
    )


def _beside(around: Around, one: Question) -> Markup:
    return _known(around, around.words("asked.by", who=_who(around, one.askers)), one.answer)


def _known(around: Around, said: Markup, answer: str) -> Markup:
    return around.words("asked.known", asked=said, answer=answer) if answer else said


def own_fields(around: Around, fields: Sequence[Field], questions: Sequence[Question]) -> tuple[Field, ...]:
    """The form's own fields, each with the questions that it answers, in the words of those who ask."""
    said: dict[str, list[Markup]] = {}
    known: dict[str, str] = {}
    for one in questions:
        known.setdefault(one.field, _in_own_words(around, one))
        for words, askers in _by_words(one.askers).items():
            # In another language than the reader's it stands in quotation marks already.
            quoted = Markup("{}" if words.foreign else "<q>{}</q>").format(around.words.marked(words))
            line = around.words("asked.as", question=quoted, who=_who(around, askers))
            said.setdefault(one.field, []).append(line)
    return tuple(
        msgspec.structs.replace(one, beside=_known(around, Markup(" ").join(said[one.name]), known[one.name]))
        if one.name in said
        else one
        for one in fields
    )


def _in_own_words(around: Around, one: Question) -> str:
    """What is known, in the reader's language where it was given so; of several texts as they stand for everybody."""
    given = around.subject.get(one.field)
    return (
        str(given.get(around.lang) or one.answer) if one.field == "summary" and isinstance(given, dict) else one.answer
    )


def _by_words(askers: Iterable[Asker]) -> dict[Spoken, list[Asker]]:
    found: dict[Spoken, list[Asker]] = {}
    for one in askers:
        found.setdefault(one.words, []).append(one)
    return found


def _who(around: Around, askers: Iterable[Asker]) -> Markup:
    """Customers by name, each clause once behind those whose agreement has it."""
    by_clause: dict[str, list[str]] = {}
    for one in askers:
        by_clause.setdefault(one.clause, []).append(one.customer)
    return Markup("; ").join(
        around.words("asked.clause", who=_several(around, customers), clause=clause)
        if clause
        else _several(around, customers)
        for clause, customers in by_clause.items()
    )


def _several(around: Around, customers: Sequence[str]) -> Markup:
    there = list(dict.fromkeys(customers))
    named = Markup(", ").join(map(escape, there[:NAMED]))
    more = len(there) - NAMED
    return around.words("asked.more", named=named, count=more) if more > 0 else named
