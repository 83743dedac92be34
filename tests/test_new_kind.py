"""A new kind of subject touches twelve files: `new_kind.patch` adds one, as CONTRIBUTING.md says how to."""

import re
import subprocess
from pathlib import Path

from tests.copies import copy_program, run_tests

ROOT = Path(__file__).parents[1]
PATCH = ROOT / "tests/new_kind.patch"
MOST = 12
AGAIN = (
    "the files around it have moved on: in a clean tree, `git apply --reject tests/new_kind.patch`, put right by hand "
    "what was rejected, and `git add -A && git diff --cached -U1 > tests/new_kind.patch`, without the patch itself"
)


def test_a_new_kind_loads_walks_and_is_served(tmp_path: Path) -> None:
    touched = re.findall(r"^diff --git a/(\S+)", PATCH.read_text("utf-8"), re.M)
    assert len(set(touched)) <= MOST
    copy_program(tmp_path)
    applied = subprocess.run(
        ["git", "apply", "-C1", str(PATCH)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert applied.returncode == 0, f"{AGAIN}\n{applied.stderr}"
    migrations = tmp_path / "db/migrations"
    number = len(list(migrations.glob("0*.sql"))) + 1
    (migrations / "next_promises.sql").rename(migrations / f"{number:04}_promises.sql")
    ended, said = run_tests(
        tmp_path, "tests/resources/test_promises.py", "tests/test_machine.py", "tests/test_schema.py"
    )
    assert ended == 0, said[-6000:]
