"""A folder from which the program is started is nobody's code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("termijn")


def test_what_lies_in_a_folder_is_not_run(tmp_path: Path) -> None:
    for name in ("db", "service", "workflows", "msgspec", "typer"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger')\n")
    done = subprocess.run([PROGRAM, "terms", "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "stkkr" in done.stdout


def test_no_child_looks_for_code_where_it_was_started() -> None:
    launched = [
        (file.name, found[0])
        for file in sorted((ROOT / "service").rglob("*.py"))
        for found in re.finditer(r"sys\.executable, \"-[^\n]*", file.read_text())
    ]
    assert launched
    assert [one for one in launched if not re.match(r'sys\.executable, "-[PI]"', one[1])] == []


@pytest.mark.parametrize("name", ["LICENSE", "SECURITY.md", "CONTRIBUTING.md"])
def test_who_may_use_it_and_how_one_helps_is_said(name: str) -> None:
    assert (ROOT / name).read_text().strip()


@pytest.mark.parametrize("package", ["service", "workflows", "db"])
def test_packages_say_that_they_have_types(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
