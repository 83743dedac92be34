"""What is offered: nothing that is sure to be refused, by the guards of the tables themselves."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from workflows.agreement.table import AGREEMENT
from workflows.announcement.table import ANNOUNCEMENT, AnnouncementContext, Bundled
from workflows.audit.table import AUDIT
from workflows.breach.table import BREACH
from workflows.model.agreement import Agreement, AgreementContext, CancelledService, MainContract
from workflows.model.announcement import Announcement
from workflows.model.audit import Audit, AuditContext, Finding
from workflows.model.breach import Breach, BreachContext, CaseRef
from workflows.model.change import Change
from workflows.model.deletion import Hold, PlanItem
from workflows.model.notice import Answer, Notice, NoticeContext, Right
from workflows.model.parties import Contact, Customer, Processor
from workflows.model.request import Request, RequestContext
from workflows.model.task import Task
from workflows.model.terms_version import Adopting, TermsVersion
from workflows.notice.table import NOTICE
from workflows.request.table import REQUEST
from workflows.task.table import TASK
from workflows.terms.load import library

ID = UUID("01a200bc-c6ff-753a-baf5-d21f5297a9b9")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
NOTICE_OF = Notice(
    id=ID, processor_id=ID, change_id=ID, agreement_id=ID, customer_id=ID, rule="information", clause="7"
)
AGREEMENT_OF = Agreement(
    id=ID, processor_id=ID, customer_id=ID, terms="x", terms_version="1", terms_version_id=ID,
    main_contracts=(MainContract(reference="a", starts_on=date(2026, 1, 1)),),
)  # fmt: skip
KIM = Contact(id=ID, name="Kim", email="kim@example.org", roles=("contract", "privacy", "security"), phone="+31 10 1")
CUSTOMER = Customer(id=ID, processor_id=ID, name="Brug", country="NL", language="nl", contacts=(KIM,))
PROCESSOR = Processor(
    id=ID,
    processor_id=ID,
    slug="acme",
    name="Acme",
    country="NL",
    timezone="Europe/Amsterdam",
    language="nl",
    terms="x",
)
ERASE = PlanItem(
    id=ID, kind="erase", text="Erase.", text_nl="Wis.", holder="processor", clause="9", confirms="processor"
)


def around(terms: str, **more: Any) -> AgreementContext:
    return AgreementContext(customer=CUSTOMER, processor=PROCESSOR, terms=library()[terms], **more)


def agreement(state: str, terms: str = "stkkr", **fields: Any) -> set[str]:
    return set(AGREEMENT.offered(state, replace(AGREEMENT_OF, **fields), around(terms)))


@pytest.mark.parametrize(
    ("rule", "offered"), [("objection", {"object"}), ("consent", {"consent", "refuse"}), ("information", set())]
)
def test_a_notice_offers_what_its_rule_gives(rule: Any, offered: set[str]) -> None:
    notice = replace(NOTICE_OF, rule=rule)
    found = set(NOTICE.offered("open", notice))
    assert found & {"object", "consent", "refuse", "terminate"} == offered
    assert "acknowledge" in found


def test_what_the_board_decides_is_offered_to_directors_alone() -> None:
    """The agreement reserves it for the board: a manager is not sent to an action that will be refused."""
    for terms, who in (("constant-it", {"manager", "director", "admin"}), ("stkkr", {"director", "admin"})):
        known = notice_context(terms)
        offered = {one for one in ("auditor", "manager", "director", "admin") if "decide" in decided(known, one)}
        assert offered == who, terms


def notice_context(terms: str) -> NoticeContext:
    return NoticeContext(
        change=Change(id=ID, processor_id=ID, kind="add"),
        agreement=AGREEMENT_OF,
        customer=CUSTOMER,
        processor=PROCESSOR,
        subprocessor=None,
        terms=library()[terms],
        arrival="direct",
    )


def decided(known: NoticeContext, role: str) -> tuple[str, ...]:
    return NOTICE.offered("objected", replace(NOTICE_OF, rule="objection"), known, role=role)


@pytest.mark.parametrize("right", ["amendment.termination", "overruled.termination"])
def test_a_notice_offers_the_end_where_a_right_gives_it(right: str) -> None:
    notice = replace(NOTICE_OF, rights=(Right(rule=right, clause="9"),))
    assert "terminate" in NOTICE.offered("open", notice)


def test_what_somebody_answered_was_received() -> None:
    said = Answer(
        answer="acknowledge", by=None, channel="link", received_at=NOW, recorded_at=NOW, recorded_by="contact"
    )
    assert "not-received" in NOTICE.offered("open", NOTICE_OF)
    assert "not-received" not in NOTICE.offered("open", replace(NOTICE_OF, answers=(said,)))


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
def test_an_agreement_offers_what_its_terms_give(terms: str) -> None:
    ending = library()[terms].ending
    found = agreement("active", terms)
    assert ("terminate" in found) == bool(ending.rights)
    assert ("cancel-service" in found) == ending.services_separately
    assert "cancel-end" not in found
    assert "release" not in found
    assert "end-main-contract" in found


def test_an_end_can_be_taken_back_where_there_is_one() -> None:
    contract = replace(AGREEMENT_OF.main_contracts[0], ending=True)
    assert "cancel-end" in agreement("active", main_contracts=(contract,))
    assert "cancel-end" in agreement("active", cancelled_services=(CancelledService(service="x", on=date(2026, 6, 1)),))
    assert "cancel-end" in agreement("terminated", ended_at=NOW)
    gone = replace(ERASE, how="confirmed", done_at=NOW)
    assert "cancel-end" not in agreement("deletion_pending", ended_at=NOW, plan=(gone,))


def test_a_hold_can_be_released_and_a_plan_approved_once() -> None:
    found = agreement("deletion_pending", holds=(Hold(categories=(), ground="tax law"),), plan_approved_at=NOW)
    assert "release" in found
    assert {"approve-plan", "confirm"} & found == set()
    assert {"approve-plan", "confirm"} & agreement("deletion_pending", plan=(ERASE,)) == {"approve-plan"}
    approved = agreement("deletion_pending", plan=(replace(ERASE, approved_at=NOW),))
    assert {"approve-plan", "confirm"} & approved == {"confirm"}


def test_a_plan_waits_for_the_mailbox_where_nobody_chose() -> None:
    assert "approve-plan" not in agreement("deletion_pending", "kmo-solutions", plan=(ERASE,))
    assert "approve-plan" in agreement("deletion_pending", "kmo-solutions", plan=(ERASE,), mailbox_read_at=NOW)


def test_facts_are_given_where_a_version_waits_for_them() -> None:
    text = TermsVersion(version="2", version_id=ID)
    assert "give-facts" in agreement("active", adopting=Adopting(text=text, waits_for="facts"))
    assert "give-facts" not in agreement("active", adopting=Adopting(text=text, waits_for="day"))
    assert "give-facts" not in agreement("active")


def test_a_draft_is_sent_when_it_is_whole() -> None:
    assert "send" in agreement("draft")
    assert "send" not in agreement("draft", main_contracts=())
    assert "send" not in agreement("draft", "mms-solutions"), "it leaves blank what this agreement does not say"
    alone = replace(around("stkkr"), customer=replace(CUSTOMER, contacts=()))
    assert "send" not in AGREEMENT.offered("draft", AGREEMENT_OF, alone)


def request(state: str, terms: str, **fields: Any) -> set[str]:
    entity = Request(
        id=ID, processor_id=ID, agreement_id=ID, customer_id=ID, kind="access", received_at=NOW,
        received_from="customer",
    )  # fmt: skip
    known = RequestContext(agreement=AGREEMENT_OF, customer=CUSTOMER, processor=PROCESSOR, terms=library()[terms])
    return set(REQUEST.offered(state, replace(entity, **fields), known))


def test_a_request_offers_what_fits_whoever_it_came_from() -> None:
    assert request("received", "stkkr", received_from="data_subject") == {"forward"}
    assert request("forwarded", "stkkr", received_from="data_subject", forwarded_at=NOW) == {"assist", "fulfil"}
    assert "forward" not in request("received", "stkkr")
    assert "written" not in request("received", "stkkr"), "it asks for no writing"
    wanted = [name for name, terms in library().items() if terms.requests and terms.requests.form == "written"]
    for terms in wanted:
        assert "written" in request("received", terms)
        assert "written" not in request("received", terms, written_at=NOW)
        assert "fulfil" not in request("received", terms, channel="phone"), "it has to be in writing first"
        assert "fulfil" in request("received", terms, written_at=NOW)
    assert wanted


@pytest.mark.parametrize("terms", sorted(library()))
def test_an_audit_offers_what_the_terms_let_the_processor_do(terms: str) -> None:
    rules = library()[terms].audit
    audit = Audit(id=ID, processor_id=ID, agreement_id=ID, customer_id=ID, requested_at=NOW)
    known = AuditContext(agreement=AGREEMENT_OF, customer=CUSTOMER, processor=PROCESSOR, terms=library()[terms])
    found = set(AUDIT.offered("planned", audit, known))
    assert ("refuse" in found) == bool(rules and rules.may_refuse)
    assert ("certificate" in found) == bool(rules and rules.certificate_clause)
    # Where secrecy was not signed before it, a report says why in `unsigned`.
    assert "report" in found
    assert "divide-cost" not in AUDIT.offered("reported", audit, known)
    material = Finding(id=ID, text="No lock", kind="material")
    divided = AUDIT.offered("reported", replace(audit, findings=(material,)), known)
    assert ("divide-cost" in divided) == bool(rules and rules.cost_shared)


def test_a_breach_offers_what_its_cases_leave() -> None:
    breach = Breach(id=ID, processor_id=ID, discovered_at=NOW, summary="x")
    untold = BreachContext(cases=(CaseRef(id=ID, agreement_id=ID, open=True, notified=False, informed=False),))
    told = BreachContext(cases=(CaseRef(id=ID, agreement_id=ID, open=True, notified=True, informed=False),))
    informed = BreachContext(cases=(CaseRef(id=ID, agreement_id=ID, open=True, notified=True, informed=True),))
    assert "notify" in BREACH.offered("notified", breach, untold)
    assert {"notify", "close"} & set(BREACH.offered("notified", breach, told)) == set()
    assert "close" not in BREACH.offered("discovered", breach, untold), "nobody was told"
    assert "close" in BREACH.offered("notified", breach, informed)


def test_an_announcement_offers_what_its_changes_leave() -> None:
    entity = Announcement(id=ID, processor_id=ID, changes=(ID,))
    change = Change(id=ID, processor_id=ID, kind="measure")
    ready = AnnouncementContext(changes=(Bundled(change=change, state="draft", tags=frozenset({"editable"})),))
    over = AnnouncementContext(changes=(Bundled(change=change, state="withdrawn", tags=frozenset()),))
    assert "notify" in ANNOUNCEMENT.offered("draft", entity, ready)
    assert "notify" not in ANNOUNCEMENT.offered("draft", entity, over)
    assert "withdraw" not in ANNOUNCEMENT.offered("sent", entity, over)


def test_a_task_that_needs_evidence_is_not_done_here() -> None:
    task = Task(id=ID, processor_id=ID, about=ID, about_kind="agreement", kind="look", text="Look.")
    assert "done" in TASK.offered("open", task)
    assert TASK.offered("open", replace(task, kind="erase")) == ("assign",)
