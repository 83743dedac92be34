"""What is offered: nothing that is sure to be refused."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from workflows.agreement.table import AGREEMENT
from workflows.machine.offers import agreement_actions, notice_actions
from workflows.model.agreement import Agreement, MainContract
from workflows.model.deletion import Hold
from workflows.model.notice import Notice, Right
from workflows.notice.table import NOTICE
from workflows.terms.load import library

ID = UUID("01a200bc-c6ff-753a-baf5-d21f5297a9b9")
NOTICE_OF = Notice(
    id=ID, processor_id=ID, change_id=ID, agreement_id=ID, customer_id=ID, rule="information", clause="7"
)
AGREEMENT_OF = Agreement(
    id=ID, processor_id=ID, customer_id=ID, terms="x", terms_version="1", terms_version_id=ID,
    main_contracts=(MainContract(reference="a", starts_on=date(2026, 1, 1)),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "offered"), [("objection", {"object"}), ("consent", {"consent", "refuse"}), ("information", set())]
)
def test_a_notice_offers_what_its_rule_gives(rule: Any, offered: set[str]) -> None:
    notice = msgspec.structs.replace(NOTICE_OF, rule=rule)
    found = set(notice_actions(NOTICE.actions("open"), notice))
    assert found & {"object", "consent", "refuse", "terminate"} == offered
    assert "acknowledge" in found
    assert "decide" in notice_actions(NOTICE.actions("objected"), notice)


@pytest.mark.parametrize("right", ["amendment.termination", "overruled.termination"])
def test_a_notice_offers_the_end_where_a_right_gives_it(right: str) -> None:
    notice = msgspec.structs.replace(NOTICE_OF, rights=(Right(rule=right, clause="9"),))
    assert "terminate" in notice_actions(NOTICE.actions("open"), notice)


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
def test_an_agreement_offers_what_its_terms_give(terms: str) -> None:
    ending = library()[terms].ending
    found = agreement_actions(AGREEMENT.actions("active"), AGREEMENT_OF, ending)
    assert ("terminate" in found) == bool(ending.rights)
    assert ("cancel-service" in found) == ending.services_separately
    assert "cancel-end" not in found
    assert "release" not in found
    assert "end-main-contract" in found


def test_an_end_can_be_taken_back_where_there_is_one() -> None:
    ending = library()["stkkr"].ending
    contract = msgspec.structs.replace(AGREEMENT_OF.main_contracts[0], ending=True)
    planned = msgspec.structs.replace(AGREEMENT_OF, main_contracts=(contract,))
    assert "cancel-end" in agreement_actions(AGREEMENT.actions("active"), planned, ending)
    ended = msgspec.structs.replace(AGREEMENT_OF, ended_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert "cancel-end" in agreement_actions(AGREEMENT.actions("terminated"), ended, ending)


def test_a_hold_can_be_released_and_a_plan_approved_once() -> None:
    ending = library()["stkkr"].ending
    held = msgspec.structs.replace(
        AGREEMENT_OF,
        holds=(Hold(categories=(), ground="tax law"),),
        plan_approved_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    found = agreement_actions(AGREEMENT.actions("deletion_pending"), held, ending)
    assert "release" in found
    assert "approve-plan" not in found
