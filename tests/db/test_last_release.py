"""The revision that `make last` runs against the newest migrations is one that landed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "against-last-release"


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("git", "-C", str(ROOT), *words), capture_output=True, text=True, check=False)


def test_the_last_release_lies_behind_us() -> None:
    revision = (ROOT / ".ci" / "last-release").read_text("ascii").strip()
    assert re.fullmatch("[0-9a-f]{40}", revision)
    if git("cat-file", "-e", f"{revision}^{{commit}}").returncode:
        pytest.skip(f"this clone does not hold {revision}")
    assert git("merge-base", "--is-ancestor", revision, "HEAD").returncode == 0


def test_a_clone_without_it_says_so(tmp_path: Path) -> None:
    """As a shallow clone whose origin cannot be reached."""
    (tmp_path / ".ci").mkdir()
    for name in ("against-last-release", "last-release"):
        (tmp_path / ".ci" / name).write_bytes((ROOT / ".ci" / name).read_bytes())
    subprocess.run(("git", "init", "--quiet", str(tmp_path)), check=True)
    ran = subprocess.run(
        ("bash", str(tmp_path / ".ci" / SCRIPT.name)), capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stdout.startswith("skipped: against the last release: this clone does not hold ")
