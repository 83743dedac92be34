"""Mechanisms against faults, each with the test that fails when it is taken out: `make mutants` takes them out.

A mechanism is taken out of a copy of the program by one change of its text. The test must pass in the copy as it is,
and fail in the changed one; otherwise it shows nothing.
"""

import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from tests.copies import copy_program, run_tests

KEPT: Final = Path(__file__).with_suffix(".toml")
LONGEST: Final = 300
"""Seconds for one test: one that hangs without its mechanism has failed."""


class Mutant(msgspec.Struct, frozen=True):
    """A mechanism, the place that carries it, the text there and the text without it, and who must notice."""

    fault: int
    mechanism: str
    file: str
    text: str
    without: str
    test: str


def mutants() -> tuple[Mutant, ...]:
    """Those that are kept, in the order of their faults."""
    kept = tomllib.loads(KEPT.read_text("utf-8"))
    return msgspec.convert(kept["mutant"], tuple[Mutant, ...])


@contextmanager
def without(mutant: Mutant, root: Path) -> Iterator[None]:
    """Take a mechanism out below `root` for as long as it lasts. Raises ValueError where its text is not there once."""
    path = root / mutant.file
    whole = path.read_text("utf-8")
    if whole.count(mutant.text) != 1:
        raise ValueError(
            f"{mutant.file} has the text of fault {mutant.fault} {whole.count(mutant.text)} times, not once"
        )
    path.write_text(whole.replace(mutant.text, mutant.without), "utf-8")
    try:
        yield
    finally:
        path.write_text(whole, "utf-8")


def passes(test: str, root: Path) -> bool:
    """Run a test; False where one of it failed or it took too long. Raises RuntimeError where none could be run."""
    try:
        ended, said = run_tests(root, "-x", test, seconds=LONGEST)
    except subprocess.TimeoutExpired:
        return False
    if ended not in (0, 1):
        raise RuntimeError(f"{test} could not be run:\n{said[-2000:]}")
    return ended == 0


@click.command()
@click.option("--fault", type=int, multiple=True, help="Only these.")
def main(fault: tuple[int, ...]) -> None:
    """Take each mechanism out and look whether its test notices; exit 1 where one does not."""
    survived = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = Path(folder)
        copy_program(root)
        for mutant in mutants():
            if fault and mutant.fault not in fault:
                continue
            began = time.monotonic()
            whole = passes(mutant.test, root)
            with without(mutant, root):
                noticed = not passes(mutant.test, root)
            found = "noticed" if whole and noticed else "NOT NOTICED" if whole else "FAILS AS IT IS"
            survived += found != "noticed"
            click.echo(f"{mutant.fault:>3}  {found:<15} {time.monotonic() - began:5.1f} s  {mutant.mechanism}")
    sys.exit(1 if survived else 0)


if __name__ == "__main__":
    main()
