"""Texts that say less, or another thing, than most: nothing on breaches, changed by the controller alone, a window that
is open while another time runs."""

from datetime import UTC, datetime

import pytest

from tests.breaches import found
from tests.drafts import ID, controller_rule, draft, processor_rule, store
from tests.world import World
from workflows.terms.drafting import draft as begun
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.words import Language


async def test_a_breach_is_told_by_the_own_target_where_the_text_is_silent(world: World) -> None:
    await store(world, draft(without=("breach.notice",), breach={"rule": "unsaid"}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await found(world, agreement)
    (case,) = await world.rows("select own_target, due_at, late from breach_case")
    assert (case["own_target"], case["late"]) == (True, False)
    (row,) = await world.rows("select rule, clause from deadline where closed_at is null and rule like 'breach%'")
    assert tuple(row) == ("breach.target", "")


def test_what_nobody_wrote_of_breaches_has_no_clause() -> None:
    terms = draft(without=("breach.notice",), breach={"rule": "unsaid"}, law="GDPR")
    said = due(terms, "breach.notice", datetime(2026, 3, 2, tzinfo=UTC))
    assert (said.due_at, said.clause) == (None, "")
    assert "The agreement says nothing on breaches." in said.steps[0]
    told = explain(terms, "en")
    assert "By law the processor tells the controller of a breach without undue delay (GDPR 33(2))." in told


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "for as long as the time for “Telling of a subprocessor beforehand” runs"),
        ("de", "solange die Frist für „"),
        ("nl", "zolang de tijd voor “"),
        ("fr", "tant que court le délai pour «"),
    ],
)
def test_a_window_within_the_notice_time_is_open_while_that_runs(lang: Language, said: str) -> None:
    terms = draft({
        "subprocessor.notice": processor_rule("receipt", "P30D"),
        "subprocessor.objection": controller_rule("receipt", follows="subprocessor.notice"),
    })  # fmt: skip
    assert said in explain(terms, lang)
    window = due(terms, "subprocessor.objection", datetime(2026, 6, 3, 8, tzinfo=UTC))
    assert (str(window.last_day), window.boundary) == ("2026-07-03", "exclusive")


def test_the_controller_alone_may_change_the_text() -> None:
    terms = draft(amendment={"how": "controller", "clause": "16"})
    assert "The controller alone may change the text; the processor may not (16)." in explain(terms, "en")
    right = due(terms, "amendment.termination", datetime(2026, 3, 2, tzinfo=UTC))
    assert "The controller alone may change the text (16)" in right.steps[0]


@pytest.mark.parametrize(("ends", "allowed"), [("yes", "true"), ("no", "false")])
def test_an_end_after_an_objection_is_what_follows_from_one(ends: str, allowed: str) -> None:
    answers = {"subprocessors.rule": "objection", "overruling.allowed": "unsaid", "objected.given": ends}
    assert f"allowed = {allowed}" in begun(answers)
