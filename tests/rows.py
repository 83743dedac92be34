"""Which rows of the tables the tests take: a run of the whole suite fails where no test takes one.

The hooks are those of `conftest.py`. Each worker notes what its tests take, the controller puts it together.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from workflows.kinds import BESIDE_SUBJECTS, WORKFLOWS

_taken: set[tuple[str, int, str]] = set()
"""The kind, the number of the row in its table, and the state it left."""
_TABLES = {**WORKFLOWS, **BESIDE_SUBJECTS}
_MISSING = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    del config
    for kind, flow in _TABLES.items():
        for number, row in enumerate(flow.table.rows):
            object.__setattr__(row, "run", _noted(row.run, kind, number))


def _noted(run: Callable[[Any], Any], kind: str, number: int) -> Callable[[Any], Any]:
    @functools.wraps(run)
    def note(given: Any) -> Any:
        _taken.add((kind, number, given.state))
        return run(given)

    return note


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _taken.update(tuple(one) for one in getattr(node, "workeroutput", {}).get("rows", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker["rows"] = sorted(_taken)
    elif _whole(session):
        session.config.stash[_MISSING] = missing = _never_taken()
        if missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    missing = config.stash.get(_MISSING, [])
    if missing:
        terminalreporter.section("rows of the tables that no test takes", red=True)
        for one in missing:
            terminalreporter.line(one)


def _whole(session: pytest.Session) -> bool:
    """Whether every test had its turn: none was chosen, left out or cut off."""
    option = session.config.option
    chosen = session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    narrowed = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "collectonly", "stepwise")
    cut = session.shouldstop or session.shouldfail
    return not (chosen or cut or any(getattr(option, one, None) for one in narrowed))


def _never_taken() -> list[str]:
    taken = {(kind, number) for kind, number, _ in _taken}
    return [
        f"{kind}, row {number}: {row.trigger} from {', '.join(row.source) or 'nothing'}"
        for kind, flow in _TABLES.items()
        for number, row in enumerate(flow.table.rows)
        if (kind, number) not in taken
    ]
