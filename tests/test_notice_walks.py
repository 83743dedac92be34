"""Random lives of one notice: whatever is asked in whatever order, promises hold. No database, no event loop."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.world import FACTS
from workflows.errors import NotAllowed, Refused
from workflows.machine.effects import ClearTimer, Disengage, Engage, SetTimer
from workflows.machine.vocabulary import Command
from workflows.model.agreement import Agreement, MainContract
from workflows.model.change import Change
from workflows.model.notice import Notice, NoticeContext
from workflows.model.parties import Contact, Customer, Processor, Subprocessor
from workflows.notice.scope import decide
from workflows.notice.table import NOTICE
from workflows.terms.load import library
from workflows.terms.model import Region

P, C, A, H, S, K = (UUID(int=number) for number in range(1, 7))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = Contact(id=UUID(int=20), name="Ann", email="ann@x.example", roles=("contract", "privacy"))
BOB = Contact(id=UUID(int=21), name="Bob", email="bob@x.example", roles=("privacy",))


def context(terms: str) -> NoticeContext:
    rules = library()[terms]
    return NoticeContext(
        change=Change(id=H, processor_id=P, kind="add", subprocessor_id=S, effective_on=date(2026, 3, 20)),
        agreement=Agreement(
            id=A, processor_id=P, customer_id=C, terms=terms, terms_version="1", terms_version_id=K,
            main_contracts=(MainContract(reference="M", starts_on=date(2025, 1, 1)),), facts=FACTS.get(terms, {}),
        ),
        customer=Customer(id=C, processor_id=P, name="C", country="NL", language="nl", contacts=(ANN, BOB)),
        processor=Processor(
            id=P, processor_id=P, slug="p", name="P", country="NL", timezone="Europe/Amsterdam", language="nl",
            terms=terms,
        ),
        subprocessor=Subprocessor(
            id=S, processor_id=P, name="S", service="x", country="NL", bound_on=date(2026, 1, 1)
        ),
        terms=rules,
        arrival="direct",
    )  # fmt: skip


def test_a_text_that_may_only_follow_the_law_goes_to_nobody_without_that_law() -> None:
    around = context("constant-it")
    rules = replace(around.terms, amendment=replace(around.terms.amendment, only_on="change_of_law"))
    change = replace(around.change, kind="terms", subprocessor_id=None, to_version="9")
    without = decide(rules, change, None, around.agreement, frozenset(), at=START)
    assert (without.included, "name that law in `reason`" in without.why) == (False, True)
    named = replace(change, reason="the Cyberbeveiligingswet")
    assert decide(rules, named, None, around.agreement, frozenset(), at=START).included


def test_a_place_outside_what_this_agreement_selected_is_refused() -> None:
    around = context("stkkr")
    region = Region(inside=("EU", "US"), outside="refuse", clause="7.5", field="data.region")
    rules = replace(around.terms, subprocessors=replace(around.terms.subprocessors, region=region))
    within, outside = (replace(around.agreement, facts={"data.region": one}) for one in ("EU", "US"))
    for agreement, included in ((within, True), (outside, False), (around.agreement, False)):
        found = decide(rules, around.change, around.subprocessor, agreement, frozenset(), at=START)
        assert found.included == included


def fresh(around: NoticeContext) -> Notice:
    decision = decide(around.terms, around.change, around.subprocessor, around.agreement, frozenset(), at=START)
    return Notice(
        id=UUID(int=9), processor_id=P, change_id=H, agreement_id=A, customer_id=C, rule=decision.rule,
        clause=decision.clause, form=decision.form, grounds=decision.grounds, rights=decision.rights,
        own_period=decision.own_period, counting_contact=ANN.id, running=True,
    )  # fmt: skip


ASKED = st.one_of(
    st.tuples(st.just("received"), st.fixed_dictionaries({"contact_id": st.sampled_from([str(ANN.id), str(BOB.id)])})),
    st.tuples(st.just("bounced"), st.fixed_dictionaries({"contact_id": st.sampled_from([str(ANN.id), str(BOB.id)])})),
    st.tuples(
        st.sampled_from(["object", "consent", "refuse", "take-back", "acknowledge", "terminate"]),
        st.fixed_dictionaries(
            {"by": st.sampled_from(["Ann", "Bob"]), "channel": st.sampled_from(["link", "phone", "letter"])},
            optional={"grounds": st.just("because")},
        ),
    ),
    st.tuples(
        st.just("decide"),
        st.fixed_dictionaries(
            {"decision": st.sampled_from(["uphold", "overrule"]), "reason": st.just("r"),
             "engage_not_before": st.just("2027-01-01")}
        ),
    ),
    st.tuples(st.sampled_from(["resend", "withdrawn", "agreement_ended"]), st.just({})),
    st.tuples(st.just("not-received"), st.just({"reason": "r"})),
    st.tuples(st.just("reply"), st.just({"inbound_id": str(UUID(int=30)), "received_at": START.isoformat()})),
    st.tuples(st.just("classified"), st.just({"inbound_id": str(UUID(int=30)), "classified_as": "other"})),
)  # fmt: skip
ROLES = st.sampled_from(["manager", "director"])
STEPS = st.lists(st.tuples(st.integers(0, 25 * 24), ROLES, ASKED), min_size=1, max_size=14)


class Walked:
    """Fires timers in order between what is asked, and watches the promises."""

    def __init__(self, terms: str) -> None:
        self.around = context(terms)
        self.entity = fresh(self.around)
        self.state = "queued"
        self.timers: dict[str, SetTimer] = {}
        self.engaged_since: datetime | None = None
        self.now = START

    def wait(self, until: datetime) -> None:
        while due := [one for one in self.timers.values() if one.due_at <= until]:
            timer = min(due, key=lambda one: (one.due_at, one.rank))
            self.now = max(self.now, timer.due_at)
            del self.timers[timer.name]
            self.step(timer.trigger, dict(timer.data), timer.due_at)
        self.now = until

    def step(self, trigger: str, data: Any, at: datetime, role: str = "") -> None:
        command = Command(
            subject=self.entity.id, trigger=trigger, at=at, now=self.now, actor="test", role=role, data=data
        )
        if not NOTICE.answers(trigger, self.state):
            return
        try:
            step = NOTICE.step(self.state, self.entity, self.around, command)
        except (Refused, NotAllowed):
            return
        before, self.state = self.state, step.dest
        assert isinstance(step.entity, Notice)
        self.entity = step.entity
        for effect in step.effects:
            match effect:
                case SetTimer():
                    self.timers[effect.name] = effect
                case ClearTimer():
                    self.timers.pop(effect.name, None)
                case Engage():
                    self.engaged_since = effect.since
                    self.check_yes(effect.since, before)
                case Disengage():
                    self.engaged_since = None
                case _:
                    pass
        self.check()

    def check_yes(self, since: datetime, state: str) -> None:
        """No engagement without a yes, and none before the wished day."""
        assert since >= datetime(2026, 3, 19, 23, tzinfo=UTC), "P13: before the wished day"
        assert state in ("lapsed", "consented", "open", "overruled")
        if self.entity.rule == "consent":
            assert state == "consented", "silence never consents"
        if state == "open" and self.entity.rule == "information":
            assert self.entity.received_at is not None, "told first"
            assert since >= self.entity.received_at
        elif state == "open":
            assert self.entity.own_period
            assert self.entity.proceeds_at is not None
            assert since >= self.entity.proceeds_at
        if state == "lapsed":
            assert self.entity.closes_at is not None
            assert since >= self.entity.closes_at

    def check(self) -> None:
        entity = self.entity
        assert (entity.engaged_at is not None) == (self.engaged_since is not None)
        if self.state in ("upheld", "cancelled", "superseded", "undeliverable"):
            assert self.engaged_since is None
            assert not entity.running
        if self.state == "lapsed":
            in_time = [
                one
                for one in entity.answers
                if one.answer == "object" and one.counts and entity.closes_at and one.received_at < entity.closes_at
            ]
            taken_back = [one for one in entity.answers if one.answer == "take-back"]
            assert not in_time or taken_back, "never both outcomes"
        if self.state in ("open", "lapsed"):
            assert entity.received_at is not None


@pytest.mark.parametrize("terms", sorted(library()))
@settings(max_examples=150, deadline=None, database=None)
@given(steps=STEPS)
def test_promises_hold_on_every_walk(terms: str, steps: list[tuple[int, str, tuple[str, dict[str, Any]]]]) -> None:
    life = Walked(terms)
    for hours, role, (trigger, data) in steps:
        life.wait(life.now + timedelta(hours=hours))
        life.step(trigger, data, life.now, role)
    life.wait(life.now + timedelta(days=400))
