"""docs/tutorial.md is followed word for word: its blocks run in one shell, and print what stands there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.up.folder import temporary_folder

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
SECONDS = 120
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```\w", re.MULTILINE)


@dataclass(frozen=True)
class TutorialStack:
    """A running stack: the folder it was started in, and its port."""

    folder: Path
    port: str


def options() -> list[str]:
    """What the page passes to `make run`."""
    found = re.search(r'^    make run ARGS="(.*)"$', PAGE.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1].split()


@pytest.fixture
def stack() -> Iterator[TutorialStack]:
    folder = temporary_folder()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "service.cli.main"]
    tool = folder / ".venv" / "bin" / "termijn"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m service.cli.main "$@"\n')
    tool.chmod(0o755)
    running = subprocess.Popen(
        [*command, "up", *options(), "--port", "0"], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        ready = running.stdout.readline()
        found = re.fullmatch(
            r"ready http://127\.0\.0\.1:(\d+)  admin key tmj_\S+  simulated clock at 2026-11-02T08:00:00Z\n", ready
        )
        assert found is not None, ready
        yield TutorialStack(folder, found[1])
    finally:
        running.terminate()
        assert running.wait(60) == 0
        assert running.stdout is not None
        running.stdout.close()
        shutil.rmtree(folder)


def pattern(shown: str) -> re.Pattern[str]:
    """What the page shows, with `…` for anything."""
    return re.compile(".*".join(re.escape(part) for part in shown.split("…")), re.DOTALL)


def test_every_block_prints_what_the_page_shows(stack: TutorialStack) -> None:
    page = PAGE.read_text("utf-8")
    blocks = BLOCK.findall(page)
    assert len(FENCE.findall(page)) == sum(1 + bool(shown) for _, shown in blocks), "a fence is not understood"
    script = "set -e -o pipefail\n" + "".join(f"{code}printf '\\f'\n" for code, _ in blocks)
    done = subprocess.run(
        ["bash"],
        input=script.replace("127.0.0.1:8400", f"127.0.0.1:{stack.port}"),
        cwd=stack.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    printed = done.stdout.split("\f")
    for (code, shown), said in zip(blocks, printed, strict=False):
        said = said.replace(f"127.0.0.1:{stack.port}", "127.0.0.1:8400")
        assert pattern(shown).fullmatch(said), f"{code}\nprinted\n{said}\nand the page shows\n{shown}"
    assert len(printed) == len(blocks) + 1
    assert done.returncode == 0
