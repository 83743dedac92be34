"""A new kind of subject touches twelve files: `new_kind.patch` adds one, as CONTRIBUTING.md says how to."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATCH = ROOT / "tests/new_kind.patch"
MOST = 12
PARTS = ("db", "docs", "service", "tests", "workflows", "pyproject.toml")
AGAIN = (
    "the files around it have moved on: in a clean tree, `git apply --reject tests/new_kind.patch`, put right by hand "
    "what was rejected, and `git add -A && git diff --cached -U1 > tests/new_kind.patch`, without the patch itself"
)


def test_a_new_kind_loads_walks_and_is_served(tmp_path: Path) -> None:
    touched = re.findall(r"^diff --git a/(\S+)", PATCH.read_text("utf-8"), re.M)
    assert len(set(touched)) <= MOST
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part)  # with what is compiled, and so sooner done
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    applied = subprocess.run(
        ["git", "apply", "-C1", str(PATCH)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert applied.returncode == 0, f"{AGAIN}\n{applied.stderr}"
    migrations = tmp_path / "db/migrations"
    number = len(list(migrations.glob("0*.sql"))) + 1
    (migrations / "next_promises.sql").rename(migrations / f"{number:04}_promises.sql")
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
            "tests/resources/test_promises.py", "tests/test_machine.py", "tests/test_schema.py",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
