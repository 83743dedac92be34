"""Mermaid state diagrams, drawn from the same tables that run."""

from typing import Any

from workflows.errors import BadInput
from workflows.kinds import BESIDE_SUBJECTS, WORKFLOWS
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import UNBORN, AnyRow, guard_name
from workflows.terms.model import Terms


def draw(workflow: Workflow[Any, Any], notes: dict[str, str] | None = None) -> str:
    """A `stateDiagram-v2` of a workflow; `notes` puts a line of text beside a state."""
    table = workflow.table
    lines = ["stateDiagram-v2", f"    [*] --> {table.initial}"]
    edges: dict[tuple[str, str], list[str]] = {}
    for row in table.rows:
        for source in row.source:
            if row.dest is not None and source not in (row.dest, UNBORN):
                label = row.trigger + (f" [{_conditions(row)}]" if row.when or row.unless else "")
                edges.setdefault((source, row.dest), []).append(label)
    for (source, dest), labels in edges.items():
        lines.append(f"    {source} --> {dest}: {' / '.join(dict.fromkeys(labels))}")
    for state in table.states:
        if state.final:
            lines.append(f"    {state.name} --> [*]")
    for name, text in (notes or {}).items():
        lines += [f"    note right of {name}", f"        {text}", "    end note"]
    return "\n".join(lines) + "\n"


def _conditions(row: AnyRow[Any, Any]) -> str:
    """The guards that choose the row."""
    return ", ".join((*map(guard_name, row.when), *(f"not {guard_name(one)}" for one in row.unless)))


def mermaid(name: str, terms: Terms) -> str:
    """The diagram of the workflow `name` with the periods of these terms beside the states they rule.

    Raises BadInput for an unknown workflow, naming the known ones.
    """
    workflow = WORKFLOWS.get(name)
    if workflow is None:
        raise BadInput(f"There is no workflow {name!r}; known: {', '.join(sorted(WORKFLOWS))}.")
    notes: dict[str, str] = {}
    if name == "agreement":
        entry = f"{terms.entry.event.replace('_', ' ')} ({terms.entry.clause})"
        notes |= dict.fromkeys(workflow.tagged("in_force"), entry)
        notes |= dict.fromkeys(_left_by(workflow, "settle"), _period(terms, "end.choice"))
        notes |= dict.fromkeys(_left_by(workflow, "approve-plan"), _period(terms, "end.erasure"))
    elif name == "notice":
        rule = terms.subprocessors.rule
        notes |= dict.fromkeys(workflow.tagged("waiting"), _period(terms, f"subprocessor.{rule}"))
    return draw(workflow, {state: text for state, text in notes.items() if text})


def _left_by(workflow: Workflow[Any, Any], trigger: str) -> list[str]:
    """The states in which a trigger is answered: what it waits for is said beside them."""
    return [name for name in workflow.states if workflow.answers(trigger, name)]


def _period(terms: Terms, name: str) -> str:
    rule = terms.rules.get(name)
    if rule is None:
        return ""
    if rule.immediately:
        length = "at once"
    elif rule.follows is not None:
        length = f"follows {rule.follows}"
    elif rule.field is not None:
        length = f"set in each agreement ({rule.field})"
    else:
        length = rule.period or "no period in the agreement"
    return f"{name}: {length} ({rule.clause})"


INTRODUCTION = """# The life of everything

`make docs` writes this page from the tables in `workflows/`, and a test compares it. A row of a table says: from
which state, by which trigger, to which state, under which guards. A person may ask for a trigger marked *action*
through the API. The others are timers and messages between subjects. A message of the outbox and an order of a webhook
are no subjects: their triggers are a server's answers, reports, and what a person or the program does with many at
once ([why](decisions/23-tables-beside-subjects.md)).
"""


def lifecycle_page() -> str:
    """The whole of `docs/lifecycle.md`: a diagram, the states in words and the rows of each workflow."""
    parts = [INTRODUCTION]
    named = [WORKFLOWS[name] for name in ("agreement", "change", "notice", "task")]
    for workflow in (*named, *BESIDE_SUBJECTS.values()):
        parts.append(f"## {workflow.name.replace('_', ' ').capitalize()}\n\n```mermaid\n{draw(workflow)}```\n")
        parts.append("| state | what it means |\n| --- | --- |")
        for state in workflow.table.states:
            parts.append(f"| `{state.name}` | {state.meaning} |")
        parts.append("\n| trigger | from | to | when | requires |\n| --- | --- | --- | --- | --- |")
        for row in workflow.table.rows:
            trigger = f"`{row.trigger}`" + (" *action*" if row.action else "")
            source = ", ".join(row.source) or "(new)"
            to = row.dest or "(stays)"
            needs = ", ".join(map(guard_name, row.require))
            parts.append(f"| {trigger} | {source} | {to} | {_conditions(row)} | {needs} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(lifecycle_page(), end="")
