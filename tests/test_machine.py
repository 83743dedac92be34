"""The wrapper around transitions: tables are checked when they load, and run as the library runs them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from workflows.errors import Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.machine import TableError, Workflow
from workflows.machine.vocabulary import Command, NoData, Outcome, Row, State, Table

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ID = UUID(int=1)


class Thing(msgspec.Struct, frozen=True):
    """An entity with nothing in it but a switch."""

    on: bool = False


def stay(c: Any) -> Outcome[Any]:
    return Outcome(c.entity, {"was": c.command.trigger})


def table(*rows: Row[Any, Any], states: tuple[State, ...] | None = None, **guards: Any) -> Table[Any, Any]:
    return Table(
        name="thing",
        entity=Thing,
        context=Thing,
        initial="a",
        states=states or (State("a", "Begin."), State("b", "End.", final=True)),
        rows=rows,
        guards=guards,
    )


def on(c: Any) -> str | None:
    return None if c.entity.on else "it is off"


def off(c: Any) -> str | None:
    return "it is on" if c.entity.on else None


GO: Row[Any, Any] = Row("go", ("a",), "b", stay)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (table(GO, Row("x", ("a",), "nowhere", stay)), "unknown state 'nowhere'"),
        (table(GO, Row("x", ("nowhere",), "b", stay)), "unknown state 'nowhere'"),
        (table(GO, Row("x", ("a",), None, stay, when=("gone",))), "unknown guard 'gone'"),
        (table(GO, GO), "written twice"),
        (table(GO, Row("go", ("a",), None, stay, when=("on",)), on=on), "never reach"),
        (table(GO, on=on), "no row names"),
        (table(GO, states=(State("a", ""), State("b", "", final=True), State("c", "", final=True))), "nothing reaches"),
        (table(GO, states=(State("a", ""), State("b", ""))), "dead end"),
        (table(GO, states=(State("a", ""), State("a", ""), State("b", "", final=True))), "declared twice"),
        (table(Row("go", ("a",), "b", stay), Row("go", ("b",), None, stay, data=Thing)), "two shapes"),
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
            Row("go", ("a",), "b", stay, when=("on",), data=NoData, action=True),
            Row("go", ("a",), None, stay, when=("off",), data=NoData),
            Row("must", ("a",), "b", stay, require=("on",)),
            on=on,
            off=off,
        )
    )
    assert flow.step(ID, ID, "a", Thing(on=True), Thing(), command("go")).dest == "b"
    assert flow.step(ID, ID, "a", Thing(on=False), Thing(), command("go")).dest == "a"
    with pytest.raises(Refused) as refused:
        flow.step(ID, ID, "a", Thing(on=False), Thing(), command("must"))
    assert (refused.value.guard, refused.value.detail) == ("on", "it is off")
    with pytest.raises(Refused) as refused:
        flow.step(ID, ID, "a", Thing(on=False), Thing(), command("go", requested=True))
    assert refused.value.guard == "on", "what a person asks for reaches the rows of persons alone"


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_state_and_trigger_goes_where_the_library_says(name: str) -> None:
    """All states × triggers: the wrapper answers exactly where transitions has an edge."""
    flow = WORKFLOWS[name]
    machine = flow._machine
    for state in flow.states:
        for trigger in {row.trigger for row in flow.table.rows}:
            edges = machine.events[trigger].transitions.get(state, [])
            rows = [row for row in flow.table.rows if row.trigger == trigger and state in row.source]
            assert flow.answers(trigger, state) == bool(edges)
            assert [edge.dest for edge in edges] == [row.dest for row in rows]


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_guards_of_one_trigger_never_leave_two_rows_open_unordered(name: str) -> None:
    """Where a trigger has several rows from a state, all but the last choose by a guard."""
    flow = WORKFLOWS[name]
    for state in flow.states:
        for trigger in {row.trigger for row in flow.table.rows}:
            rows = [row for row in flow.table.rows if row.trigger == trigger and state in row.source]
            assert all(row.when for row in rows[:-1]), (trigger, state)


def test_actions_come_from_the_table() -> None:
    assert "send" in WORKFLOWS["agreement"].actions("draft")
    assert "send" not in WORKFLOWS["agreement"].actions("active")
    assert WORKFLOWS["agreement"].actions("deleted") == ()
    assert WORKFLOWS["change"].actions("withdrawn") == ()


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_state_says_what_it_means(name: str) -> None:
    for state in WORKFLOWS[name].table.states:
        assert len(state.meaning) > 5
