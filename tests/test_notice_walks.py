"""Random lives of one notice: whatever is asked in whatever order, promises hold. No database, no event loop."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
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


Asked = tuple[str, dict[str, Any]]
Step = tuple[int, str, Asked]
"""After how many hours, who asks, and what."""
WALKS: Final = 200
REPLY: Final = str(UUID(int=30))


def asked(chance: Random) -> Asked:
    """Something that may be asked, whether or not it fits; most often what leads on."""
    contact = {"contact_id": str(chance.choice((ANN, BOB)).id)}
    said = {"by": chance.choice(("Ann", "Bob")), "channel": chance.choice(("link", "phone", "letter"))}
    grounds = chance.choice(({}, {"grounds": "because"}))
    answer = chance.choice(("object", "consent", "refuse", "take-back", "acknowledge", "terminate"))
    decision = {"decision": chance.choice(("uphold", "overrule")), "reason": "r", "engage_not_before": "2027-01-01"}
    received, answered, decided = ("received", contact), (answer, {**said, **grounds}), ("decide", decision)
    return chance.choice(
        (
            received, received, answered, answered, answered, decided, decided, ("bounced", contact),
            (chance.choice(("resend", "withdrawn", "agreement_ended")), {}), ("not-received", {"reason": "r"}),
            ("reply", {"inbound_id": REPLY, "received_at": START.isoformat()}),
            ("classified", {"inbound_id": REPLY, "classified_as": "other"}),
        )
    )  # fmt: skip


def walk(chance: Random) -> list[Step]:
    return [
        (chance.randint(0, 25 * 24), chance.choice(("manager", "director", "director")), asked(chance))
        for _ in range(chance.randint(1, 14))
    ]


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


def walked(terms: str, steps: list[Step]) -> AssertionError | None:
    """The promise that breaks on the way."""
    life = Walked(terms)
    try:
        for hours, role, (trigger, data) in steps:
            life.wait(life.now + timedelta(hours=hours))
            life.step(trigger, data, life.now, role)
        life.wait(life.now + timedelta(days=400))
    except AssertionError as broken:
        return broken
    return None


def shortest(steps: list[Step], breaks: Callable[[list[Step]], object]) -> list[Step]:
    """Without whatever step it breaks without, too."""
    for number in reversed(range(len(steps))):
        shorter = steps[:number] + steps[number + 1 :]
        if breaks(shorter):
            steps = shorter
    return steps


def test_what_is_told_of_a_walk_that_breaks_is_short() -> None:
    steps: list[Step] = [(hours, "manager", ("resend", {})) for hours in range(6)]
    assert shortest(steps, lambda some: steps[1] in some and steps[3] in some) == [steps[1], steps[3]]


@pytest.mark.parametrize("terms", sorted(library()))
def test_promises_hold_on_every_walk(terms: str) -> None:
    """Others in every run. Made by hand: what makes examples for a test took ten times as long as walking them."""
    for _ in range(WALKS):
        steps = walk(Random())
        if broken := walked(terms, steps):
            told = shortest(steps, lambda some: walked(terms, some))
            raise AssertionError(f"{broken}, after {told}") from broken
