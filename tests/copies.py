"""A copy of the program with its tests, to be changed and tried in a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = ("db", "deploy", "docs", "service", "tests", "workflows", "pyproject.toml")


def copy_program(to: Path) -> None:
    """Put it there, with what is compiled, and so sooner done."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part)
        else:
            shutil.copy(ROOT / part, to / part)


def run_tests(root: Path, *arguments: str, seconds: float | None = None) -> tuple[int, str]:
    """What pytest ends with in a copy, and what it said. Raises TimeoutExpired when it takes longer."""
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))},
    )  # fmt: skip
    try:
        said, _ = run.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)  # with the servers that it started
        run.communicate()
        raise
    return run.returncode, said
