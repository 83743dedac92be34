"""The pages say what is there: generated ones equal the code, and what a page or a comment names exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from workflows.diagram import lifecycle_page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
WHERE = ("service", "workflows", "db", "tests", "docs", "benchmarks", "deploy")
"""Folders whose files may be named, and whose files name rules."""
READ = {".py", ".sql", ".md", ".toml", ".jinja", ".html", ".css", ".xml", ".typ", ".txt", ".yaml"}

RULE = re.compile(r"(?<![\w.-])(?:P\d{1,2}|I-\d\d)(?![\w-])")
READING = re.compile(r"(?<![\w-])(?:ST|KM|CI|MM|CO)-A\d{1,2}(?![\w-])")
ROW = re.compile(r"(?<![\w-])(?:ST|KM|CI|MM|CO)-\d\d(?![\w-])")
PROMISES = re.compile(r"\b(?:invariants?|promises?) ([A-I])(?:(?:, | and | to )([A-I]))*\b")
FAULTS = re.compile(r"\b[Ff]aults? (\d+(?:(?:, | and | to )\d+)*)")
PAGE = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)*[\w-]+\.md\b")
CODE = re.compile(rf"`((?:{'|'.join(WHERE)})/[\w./-]*)(?::([A-Za-z_][\w.]*))?`")
LINK = re.compile(r"\]\(([^)\s]+)\)")

CUT_SHORT = {"tests/time/test_period.py": {"P30"}, "tests/test_docs.py": {"P30"}}
"""What looks like a rule's code and is half a period."""


def test_the_lifecycle_page_is_drawn_from_the_tables() -> None:
    written = (DOCS / "lifecycle.md").read_text("utf-8")
    assert written == lifecycle_page(), "run `make docs`"


@cache
def texts() -> dict[str, str]:
    """What this repository says, by path: code, SQL, templates and pages, without the pins."""
    found = [one for folder in WHERE for one in (ROOT / folder).rglob("*") if one.suffix in READ]
    found += [one for one in ROOT.iterdir() if one.suffix in READ - {".txt"}]
    return {one.relative_to(ROOT).as_posix(): one.read_text("utf-8") for one in sorted(found) if one.is_file()}


def named(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Where each code stands that the pattern finds, with the code."""
    for path, text in texts().items():
        for one in sorted({found[0] for found in pattern.finditer(text)} - CUT_SHORT.get(path, set())):
            yield path, one


def headed(page: str) -> set[str]:
    """The first words of a page's headings and of its tables' rows."""
    return set(re.findall(r"^(?:#+|\|) ([\w-]+) ", (DOCS / page).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize(
    ("pattern", "page"),
    [(RULE, "rules.md"), (READING, "readings.md"), (ROW, "coverage.md")],
    ids=["rules", "readings", "rows"],
)
def test_every_rule_that_is_named_is_said(pattern: re.Pattern[str], page: str) -> None:
    said = headed(page)
    assert said
    assert [f"{path}: {one}" for path, one in named(pattern) if one not in said] == []


def test_promises_and_faults_that_are_named_are_said() -> None:
    rules = (DOCS / "rules.md").read_text("utf-8")
    promises = set(re.findall(r"^\| ([A-I]) \|", rules, re.MULTILINE))
    faults = {*re.findall(r"\| (\d+) \|", rules)}
    assert len(promises) == 9
    for path, text in texts().items():
        for found in PROMISES.finditer(text):
            assert set(re.findall(r"\b[A-I]\b", found[0])) <= promises, f"{path}: {found[0]}"
        for found in FAULTS.finditer(text):
            assert set(re.findall(r"\d+", found[1])) <= faults, f"{path}: {found[0]}"


def test_every_page_that_is_named_is_there() -> None:
    for path, text in texts().items():
        for one in {found[0] for found in PAGE.finditer(text)}:
            places = (ROOT / one, DOCS / one, (ROOT / path).parent / one)
            assert any(place.resolve().is_file() for place in places), f"{path} names {one}"


@cache
def defined(path: Path) -> set[str]:
    """Functions, classes, their methods and constants of a Python file; blocks and tables of an SQL file."""
    text = path.read_text("utf-8")
    if path.suffix == ".sql":
        return set(re.findall(r"^(?:-- name: |create (?:table|view|function) )(\w+)", text, re.MULTILINE))
    found: set[str] = set()
    for one in ast.parse(text).body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(one.name)
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        found |= {each.id for each in targets if isinstance(each, ast.Name)}
        if isinstance(one, ast.ClassDef):
            methods = [each for each in one.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{one.name}.{each.name}" for each in methods}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for path, name in CODE.findall(text):
        assert (ROOT / path).exists(), f"there is no {path}"
        if name:
            assert name in defined(ROOT / path), f"there is no {name} in {path}"
    for link in LINK.findall(text):
        if not link.startswith("http"):
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            assert target.exists(), f"{link} leads nowhere"
            assert not anchor or anchor in anchors(target), f"{link} leads to no heading"


@cache
def anchors(page: Path) -> set[str]:
    """What the headings of a page can be linked by."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_glossary_has_each_word_once_and_those_that_it_uses() -> None:
    page = (DOCS / "glossary.md").read_text("utf-8")
    page = re.sub(r"## In each language.*?(?=\n## )", "", page, flags=re.DOTALL)
    words = re.findall(r"^\| ([a-z][^|]*?) \|", page, re.MULTILINE)
    words = [one for one in words if one != "word"]
    assert sorted(words) == sorted(set(words))
    used = set(re.findall(r"(?<![*\w])\*([a-z][a-z -]*)\*(?!\*)", page))
    assert used - set(words) - {"italics"} == set()


def test_courses_of_events_have_nine_lines_each() -> None:
    page = (DOCS / "what-happens.md").read_text("utf-8")
    for course in page.split("\n## ")[1:]:
        assert re.findall(r"^(\d+)\. ", course, re.MULTILINE) == [str(one) for one in range(1, 10)], course[:40]


def test_the_architecture_names_every_room() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    code = [*(ROOT / "workflows").iterdir(), *(ROOT / "service").iterdir(), *(ROOT / "service" / "mail").iterdir()]
    rooms = {one.relative_to(ROOT).as_posix() for one in code if (one / "__init__.py").is_file()}
    named = {path.rstrip("/") for path, _ in CODE.findall(page)}
    assert {one for one in rooms if not any(path == one or path.startswith(f"{one}/") for path in named)} == set()


def test_every_decision_is_listed() -> None:
    listed = re.findall(r"\]\((\d\d-[\w-]+\.md)\)", (DOCS / "decisions" / "README.md").read_text("utf-8"))
    assert listed == sorted(one.name for one in (DOCS / "decisions").glob("[0-9]*.md"))
