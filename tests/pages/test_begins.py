"""The lane of deadlines on a contact's own page: what may begin at an instant is no period that ends then."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import msgspec

from service.pages.life import _begins, _deadline
from service.pages.sections.deadlines import Row, deadline_rows
from service.pages.words import words_in
from tests.drafts import controller_rule, draft, processor_rule
from workflows.terms.due import due

LAST_DAY = date(2026, 4, 30)
NOW = datetime.fromisoformat("2026-05-04T10:00:00+02:00")


def row(rule: str) -> Row:
    """The deadline of a rule of an agreement whose last day is over."""
    rules = {"end.choice": controller_rule("end", "P30D"), "end.erasure": processor_rule("end", follows="end.choice")}
    found = due(draft(rules, end={"data": "choice"}), rule, LAST_DAY)
    assert found.due_at is not None
    assert found.last_day is not None
    id: Any = uuid4()
    return Row(
        id=id, subject_id=id, rule=rule, key="", due_at=found.due_at, last_day=found.last_day, zone=found.zone,
        boundary=found.boundary, party=found.party, clause=found.clause, steps=list(found.steps), agreement_id=id,
        terms_version_id=id, overdue=False, references=[], kind=None, name=None, old=None,
    )  # fmt: skip


def test_a_period_runs_from_the_end_of_the_last_day() -> None:
    [window] = _deadline(row("end.choice"), words_in("fr"))
    assert window.opens.isoformat() == "2026-04-30T22:00:00+00:00"
    assert list(_begins(row("end.choice"), NOW, words_in("fr"))) == []


def test_what_may_begin_has_an_instant_and_no_end() -> None:
    assert list(_deadline(row("end.erasure"), words_in("fr"))) == []
    [begins] = _begins(row("end.erasure"), NOW, words_in("fr"))
    assert begins.text == "dès lors, sans dernier jour\u202f: Effacement après la fin"
    assert begins.at == row("end.choice").due_at


def test_what_two_holders_have_to_do_by_one_instant_is_one_line() -> None:
    def stored(one: Row, key: str) -> dict[str, Any]:
        return {**msgspec.structs.asdict(one), "key": key, "steps": msgspec.json.encode(one.steps)}

    choice, whole = row("end.choice"), row("end.erasure")
    rows = deadline_rows([stored(whole, ""), stored(whole, "item"), stored(choice, "")])
    assert [(one.rule, one.key) for one in rows] == [("end.erasure", ""), ("end.choice", "")]
