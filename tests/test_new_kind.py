"""A new kind of subject touches twelve files of the program: `new_kind.patch` adds one, as CONTRIBUTING.md says how to.

What people read stands elsewhere: its words in a catalogue of each language, a line about its folder, its tests.
"""

import re
import subprocess
from pathlib import Path

from tests.copies import copy_program, run_tests

ROOT = Path(__file__).parents[1]
PATCH = ROOT / "tests/new_kind.patch"
MOST = 12
BESIDES = ("docs/", "tests/", "service/board/forms/catalogue/")
ASK = (
    "tests/resources/test_promises.py", "tests/test_machine.py", "tests/test_schema.py", "tests/test_rows.py",
    "tests/test_docs.py::test_the_architecture_names_every_room",
    "tests/test_architecture.py::test_no_class_name_is_used_twice_in_a_layer",
    "tests/db/test_migrate.py::test_no_migration_holds_a_table_while_it_waits_for_another",
    "tests/board/forms/test_every_action.py", "tests/board/forms/test_refusals.py",
    "tests/board/test_pages.py::test_every_event_that_moves_nothing_has_words",
    "tests/board/test_told.py::test_each_kind_leads_to_a_page_that_there_is",
    "tests/http/test_document.py::test_every_shape_has_a_title_of_its_own_and_says_what_its_fields_mean",
)  # fmt: skip
"""Its own test, and those that ask something of every kind."""
AGAIN = (
    "the files around it have moved on: in a clean tree, `git apply --reject tests/new_kind.patch`, put right by hand "
    "what was rejected, and `git add -A && git diff --cached -U1 > tests/new_kind.patch`, without the patch itself"
)


def test_a_new_kind_loads_walks_and_is_served(tmp_path: Path) -> None:
    touched = re.findall(r"^diff --git a/(\S+)", PATCH.read_text("utf-8"), re.M)
    assert len({one for one in touched if not one.startswith(BESIDES)}) <= MOST
    copy_program(tmp_path)
    applied = subprocess.run(
        ["git", "apply", "-C1", str(PATCH)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert applied.returncode == 0, f"{AGAIN}\n{applied.stderr}"
    migrations = tmp_path / "db/migrations"
    number = len(list(migrations.glob("0*.sql"))) + 1
    (migrations / "next_promises.sql").rename(migrations / f"{number:04}_promises.sql")
    ended, said = run_tests(tmp_path, *ASK)
    assert ended == 0, said[-6000:]
