"""The wrapper around transitions: tables are checked when they load, and run as the library runs them."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import pytest
from transitions import Transition

from db.queries import blocks
from workflows.errors import Refused
from workflows.kinds import BESIDE_SUBJECTS, WORKFLOWS, WRITTEN, check_messages
from workflows.machine import messages
from workflows.machine.checking import TableError
from workflows.machine.machine import UndeclaredError, Workflow, choose
from workflows.machine.signals import Message, NoData, Timer
from workflows.machine.vocabulary import BIRTH, AnyRow, Command, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.parties import Entity

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ID = UUID(int=1)


class Thing(Entity, frozen=True, kw_only=True):
    """An entity with nothing in it but a switch."""

    id: UUID = ID
    processor_id: UUID = ID
    on: bool = False


class Heard(msgspec.Struct, frozen=True):
    word: str = ""


Step = StepInput[Thing, Thing, Any]


def stay(c: Step) -> Outcome[Thing]:
    return Outcome(c.entity, {"was": c.command.trigger})


def on(c: Standing[Thing, object]) -> str | None:
    return None if c.entity.on else "it is off"


def heard(c: StepInput[Thing, Thing, Heard]) -> str | None:
    return None if c.data.word else "it heard nothing"


def silent(c: Any) -> str | None:
    return None


BORN: Row[Thing, Thing, NoData] = Row("create", BIRTH, "a", stay, event="created")
GO: Row[Thing, Thing, NoData] = Row("go", ("a",), "b", stay)


def table(*rows: AnyRow[Thing, Thing], states: tuple[State, ...] | None = None, **more: Any) -> Table[Thing, Thing]:
    return Table(
        name="thing",
        entity=Thing,
        context=Thing,
        states=states or (State("a", "Begin."), State("b", "End.", final=True)),
        rows=rows,
        **more,
    )


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (table(BORN, GO, Row("x", ("a",), "nowhere", stay)), "unknown state 'nowhere'"),
        (table(BORN, GO, Row("x", ("nowhere",), "b", stay)), "unknown state 'nowhere'"),
        (table(BORN, GO, Row("x", ("a",), "", stay)), "unknown state ''"),
        (table(BORN, GO, GO), "written twice"),
        (table(BORN, GO, Row("go", ("a",), None, stay, when=(on,))), "never reach"),
        (table(BORN, GO, Row("x", ("a",), None, stay, when=(silent,))), "silent does not say what it looks at"),
        (
            table(BORN, GO, states=(State("a", ""), State("b", "", final=True), State("c", "", final=True))),
            "nothing reaches",
        ),
        (table(BORN, GO, states=(State("a", ""), State("b", ""))), "dead end"),
        (table(BORN, GO, states=(State("a", ""), State("a", ""), State("b", "", final=True))), "declared twice"),
        (table(BORN, Row("go", ("a",), "b", stay), Row("go", ("b",), None, stay, data=Heard)), "two shapes"),
        (table(GO), "how a subject begins"),
        (table(BORN, GO, Row("enter", BIRTH, "a", stay)), "by one trigger"),
        (table(Row("create", ("", "a"), "a", stay), GO), "is a birth"),
        (table(Row("create", BIRTH, None, stay), GO), "is a birth"),
        (table(Row("create", BIRTH, "a", stay, action=True), GO), "is a birth"),
        (table(BORN, GO, timers=(Timer("gone", NoData),)), "no row takes the timer 'gone'"),
        (table(BORN, GO, timers=(Timer("go", Heard),)), "no row takes the timer 'go' with Heard"),
    ],
)
def test_a_table_that_contradicts_itself_does_not_load(broken: Table[Any, Any], says: str) -> None:
    with pytest.raises(TableError, match=says):
        Workflow(broken)


def command(trigger: str, **more: Any) -> Command:
    return Command(subject=ID, trigger=trigger, at=NOW, now=NOW, actor="test", **more)


def test_guards_choose_rows_and_say_why_not() -> None:
    flow = Workflow(
        table(
            BORN,
            Row("go", ("a",), "b", stay, when=(on,), action=True),
            Row("go", ("a",), None, stay, unless=(on,), event="stayed"),
            Row("must", ("a",), "b", stay, require=(on,)),
        )
    )
    assert flow.step("a", Thing(on=True), Thing(), command("go")).dest == "b"
    stayed = flow.step("a", Thing(on=False), Thing(), command("go"))
    assert (stayed.dest, stayed.event) == ("a", "thing.stayed")
    with pytest.raises(Refused) as refused:
        flow.step("a", Thing(on=False), Thing(), command("must"))
    assert (refused.value.guard, refused.value.detail) == ("on", "it is off")
    with pytest.raises(Refused) as refused:
        flow.step("a", Thing(on=False), Thing(), command("go", requested=True))
    assert refused.value.guard == "on", "what a person asks for reaches the rows of persons alone"


def test_what_stands_decides_what_is_offered_and_data_do_not() -> None:
    flow = Workflow(
        table(
            BORN,
            Row("go", ("a",), "b", stay, require=(on,), action=True),
            Row("hear", ("a",), None, stay, require=(heard,), data=Heard, action=True),
            Row("tick", ("a",), None, stay),
        )
    )
    assert flow.actions("a") == ("go", "hear")
    assert flow.offered("a", Thing(on=True), Thing()) == ("go", "hear")
    assert flow.offered("a", Thing(on=False), Thing()) == ("hear",)
    with pytest.raises(Refused) as refused:
        flow.step("a", Thing(on=False), Thing(), command("go", requested=True))
    assert refused.value.actions == ("hear",)


def test_a_subject_begins_by_a_row() -> None:
    flow = Workflow(table(Row("create", BIRTH, "a", stay, require=(on,), event="created"), GO))
    begun = flow.begin(Thing(on=True), Thing(), command("create"))
    assert (begun.dest, begun.event, begun.final) == ("a", "thing.created", False)
    with pytest.raises(Refused) as refused:
        flow.begin(Thing(on=False), Thing(), command("create"))
    assert (refused.value.guard, refused.value.actions) == ("on", ())
    with pytest.raises(Refused):
        flow.step("a", Thing(on=True), Thing(), command("create"))
    with pytest.raises(UndeclaredError, match="no row knows the trigger 'craete'"):
        flow.step("a", Thing(on=True), Thing(), command("craete"))


def test_the_step_that_is_given_cannot_be_written_to() -> None:
    def write(c: StepInput[Thing, Thing, Heard]) -> Outcome[Thing]:
        c.entity = Thing(on=True)  # type: ignore[misc]  # that it cannot is what is shown
        return Outcome(c.entity)

    flow = Workflow(table(BORN, Row("go", ("a",), "b", write, data=Heard)))
    with pytest.raises(AttributeError):
        flow.step("a", Thing(), Thing(), command("go"))


def test_what_is_not_declared_is_not_set_and_not_told() -> None:
    def wait(c: Step) -> Outcome[Thing]:
        return Outcome(c.entity, effects=(Timer("go", NoData).at(NOW),))

    def tell(c: Step) -> Outcome[Thing]:
        return Outcome(c.entity, effects=(Message("other", "hear", NoData).to(ID),))

    flow = Workflow(table(BORN, GO, Row("wait", ("a",), None, wait), Row("tell", ("a",), None, tell)))
    with pytest.raises(UndeclaredError, match="the timer 'go' is not declared"):
        flow.step("a", Thing(), Thing(), command("wait"))
    with pytest.raises(UndeclaredError, match="the message 'hear' to 'other' is not declared"):
        flow.step("a", Thing(), Thing(), command("tell"))


@pytest.mark.parametrize(
    "wrong",
    [
        Message("thing", "hera", Heard),
        Message("thing", "hear", NoData),
        Message("thng", "hear", Heard),
        Message("", "hera", Heard),
        Message("", "hear", NoData),
    ],
)
def test_a_message_that_nothing_takes_stops_the_start(wrong: Message[Any]) -> None:
    flows = {"thing": Workflow(table(BORN, GO, Row("hear", ("a",), None, stay, data=Heard)))}
    check_messages(flows, [Message("thing", "hear", Heard), Message("", "hear", Heard)])
    with pytest.raises(TableError, match="no row takes the message"):
        check_messages(flows, [wrong])


def test_what_others_point_at_is_written_first() -> None:
    assert set(WRITTEN) == set(WORKFLOWS)
    places = {kind: place for place, kind in enumerate(WRITTEN)}
    assert places["processor"] == 0
    for one, other in (("customer", "agreement"), ("agreement", "notice"), ("change", "notice"),
                       ("announcement", "change"), ("breach", "breach_case"), ("change", "upstream")):  # fmt: skip
        assert places[one] < places[other]


class Carried:
    """What the library moves: it writes `state`."""

    def __init__(self, state: str) -> None:
        self.state = state


def answering(monkeypatch: pytest.MonkeyPatch, edges: Iterable[Transition]) -> tuple[dict[Any, str | None], list[Any]]:
    """Lets each guard of these edges answer as the first of what is returned says, and notes which edges are chosen."""
    answers: dict[Any, str | None] = {}
    chosen: list[Any] = []
    for edge in edges:
        for one in edge.conditions:
            guard = one.func.guard  # type: ignore[union-attr]  # conditions of a table are guards
            answers[guard] = None
            monkeypatch.setattr(one.func, "guard", lambda given, guard=guard: answers[guard])
        row = edge.before[0].row  # type: ignore[union-attr]  # and a table's edge stands for its row
        monkeypatch.setattr(edge, "before", [lambda given, row=row: chosen.append(row)])
    return answers, chosen


@pytest.mark.parametrize("name", sorted({**WORKFLOWS, **BESIDE_SUBJECTS}))
def test_a_step_chooses_what_the_library_chooses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all states and triggers, whatever the guards answer."""
    flow = {**WORKFLOWS, **BESIDE_SUBJECTS}[name]
    for state, trigger in product(("", *flow.states), {row.trigger for row in flow.table.rows}):
        event = flow._machine.events[trigger]
        edges = event.transitions.get(state, [])
        rows = [row for row in flow.table.rows if row.trigger == trigger and state in row.source]
        assert flow.answers(trigger, state) == bool(edges)
        assert [edge.dest for edge in edges] == [row.dest for row in rows]
        compiled = flow._moves.get((trigger, state), ())
        answers, chosen = answering(monkeypatch, edges)
        moves = tuple(one._replace(asks=tuple((partial(said, answers, guard), wanted) for guard, wanted in one.asks))
                      for one in compiled)  # fmt: skip
        for answer in product((None, "no"), repeat=len(answers) if edges else 0):
            answers.update(zip(answers, answer, strict=True))
            carried = Carried(state)
            moved = bool(edges) and event.trigger(carried, object())
            move = choose(moves, object())
            assert (move is not None) == moved == bool(chosen), (trigger, state, answers)
            if move is not None:
                assert [move.row] == chosen
                assert carried.state == (state if move.dest is None else move.dest)
            chosen.clear()


def said(answers: dict[Any, str | None], guard: Any, given: object) -> str | None:
    return answers[guard]


@pytest.mark.parametrize("name", sorted({**WORKFLOWS, **BESIDE_SUBJECTS}))
def test_a_person_may_ask_for_the_rows_that_are_actions(name: str) -> None:
    flow = {**WORKFLOWS, **BESIDE_SUBJECTS}[name]
    for (trigger, state), found in flow._asked.items():
        assert [one.row for one in found] == [
            row for row in flow.table.rows if row.action and row.trigger == trigger and state in row.source
        ]
    assert flow._asked.keys() == flow._moves.keys()


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_guards_of_one_trigger_never_leave_two_rows_open_unordered(name: str) -> None:
    """Where a trigger has several rows from a state, all but the last choose by a guard."""
    flow = WORKFLOWS[name]
    for state in flow.states:
        for trigger in {row.trigger for row in flow.table.rows}:
            rows = [row for row in flow.table.rows if row.trigger == trigger and state in row.source]
            assert all(row.when or row.unless for row in rows[:-1]), (trigger, state)


def test_actions_come_from_the_table() -> None:
    assert "send" in WORKFLOWS["agreement"].actions("draft")
    assert "send" not in WORKFLOWS["agreement"].actions("active")
    assert WORKFLOWS["agreement"].actions("withdrawn") == ()
    assert WORKFLOWS["change"].actions("withdrawn") == ()


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_state_says_what_it_means(name: str) -> None:
    for state in WORKFLOWS[name].table.states:
        assert len(state.meaning) > 5


def test_statements_set_timers_that_are_declared() -> None:
    """SQL that writes timers by itself names them as the messages do; what it takes from a row is the step's."""
    told = {one.trigger for one in messages.ALL}
    named: set[str] = set()
    for text in blocks().values():
        for values in re.findall(
            r"insert into timer \(id, processor_id, subject_id, name, trigger,[^)]*\)\s*select (.*?)\bfrom\b",
            text,
            re.S,
        ):
            trigger = re.split(r",\s*", re.sub(r"\([^()]*\)", "", values))[4].strip()
            if trigger.startswith("'"):
                named.add(trigger.strip("'"))
        named |= set(re.findall(r"\btrigger = '([^']+)'", text))
    assert named >= {"drop", "review", "plan_reminders", "announced_with"}
    assert named <= told
