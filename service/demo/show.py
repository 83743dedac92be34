"""Showing the demo: bars while it plays, plain lines where nobody watches a terminal, a table at the end."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from service.demo.cast import Company
from service.demo.checking import Check
from service.demo.model import Act, Scene
from service.demo.play import Played, Watcher

WIDE: Final = 150
"""Columns of the table where there is no terminal to ask."""
_EVENT: Final = 60


def console() -> Console:
    """Standard output: as wide as its terminal, or wide enough for the table where it is none."""
    found = Console()
    return found if found.is_terminal else Console(width=WIDE)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console

    def played(self, one: Played) -> None:
        line = f"{when(one.act)}  {one.terms:<14} {one.act.event}  {tally(one.checks)}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Bars:
    """A bar for the year and one for each scene."""

    def __init__(self, progress: Progress, scenes: Sequence[Scene], cast: dict[str, Company]) -> None:
        self._progress = progress
        self._year = progress.add_task("the year", total=sum(len(scene.acts) for scene in scenes), event="")
        self._scenes: dict[str, TaskID] = {}
        for scene in scenes:
            terms = cast[scene.processor].terms
            self._scenes[terms] = progress.add_task(terms, total=len(scene.acts), event="")

    def played(self, one: Played) -> None:
        """Move the year's bar and the scene's."""
        self._progress.update(self._year, advance=1, event=when(one.act))
        self._progress.update(self._scenes[one.terms], advance=1, event=one.act.event[:_EVENT])


@contextlib.contextmanager
def watching(console: Console, scenes: Sequence[Scene], cast: dict[str, Company]) -> Iterator[Watcher]:
    """A watcher for as long as the scenes are played: bars on a terminal, else lines."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}", justify="right"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[event]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress, scenes, cast)


def table(played: Sequence[Played]) -> Table:
    """What happened: date, agreement, event, what had to follow, and whether it did."""
    shown = Table(title="One year", show_lines=True)
    for name, ratio in (("date", 11), ("agreement", 15), ("event", 32), ("expected", 60), ("ok", 7)):
        shown.add_column(name, ratio=ratio, overflow="fold")
    for one in played:
        expected = Text("\n").join(_expected(check) for check in one.checks)
        agreement = f"{one.terms}\n{one.act.who}"
        style = "green" if one.held else "bold red"
        shown.add_row(when(one.act), agreement, one.act.event, expected, Text(tally(one.checks), style=style))
    return shown


def failures(played: Sequence[Played]) -> Iterator[str]:
    """A line for each thing that did not hold."""
    for one in played:
        for check in one.checks:
            if not check.held:
                yield f"{when(one.act)}  {one.terms}, {one.act.event}: expected {check.words}; {check.got}"


def when(act: Act) -> str:
    """The local date and time of an act."""
    return datetime.fromisoformat(act.at).strftime("%Y-%m-%d %H:%M")


def tally(checks: Sequence[Check]) -> str:
    """How many of an act's checks held."""
    held = sum(one.held for one in checks)
    return f"ok {held}" if held == len(checks) else f"FAILED {len(checks) - held} of {len(checks)}"


def _expected(check: Check) -> Text:
    if check.held:
        return Text(check.words)
    return Text(f"{check.words}: {check.got}", style="red")
