"""The JSON Schema of terms files: as the model has it, and true of every file of the library."""

import copy
import random
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from tests.terms.mending import LEAST, Mend, changed
from tests.terms.mends import MENDS
from workflows.errors import BadInput
from workflows.terms.load import parse_document
from workflows.terms.schema import document, packaged_schema, schema

LIBRARY = sorted(one.name for one in files("workflows.terms.library").iterdir() if one.name.endswith(".toml"))
DOCUMENTS = [
    dict(LEAST),
    *(
        tomllib.loads(files("workflows.terms.library").joinpath(f"{name}.toml").read_text("utf-8"))
        for name in ("signals-dpa", "starred-bwo", "c2c-baa")  # short ones: a schema is slow on long ones
    ),
]
VALUES: list[Any] = [
    "",
    " ",
    "x",
    "NL",
    "EEA",
    "P30D",
    "P0D",
    "PT48H",
    "P1M2D",
    "end.return",
    "after:end.choice",
    "receipt",
    "processor",
    "written",
    "x\ny",
    "UTC",
    "17:00",
    "5.00",
    7,
    True,
    False,
    [],
    ["NL"],
    ["x", "x"],
    {},
    {"en": "x"},
    {"it": "x"},
    {"clause": "1"},
    [{"clause": "1"}],
]
NAMES = ["clause", "period", "field", "follows", "immediately", "reading", "text", "rule", "data", "breach.authority",
         "retention.calls", "form", "starts", "party", "qqq"]  # fmt: skip
jsonschema = pytest.importorskip("jsonschema")
SCHEMA = schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def said(wrong: dict[str, Any]) -> list[str]:
    """Where the schema finds something wrong with a document."""
    found = VALIDATOR.iter_errors(wrong)
    return sorted(".".join(str(part) for part in one.absolute_path) for one in found)


def test_the_file_is_current() -> None:
    assert packaged_schema().decode() == document(), "the model has changed: run make docs"


@pytest.mark.parametrize("name", LIBRARY)
def test_every_file_of_the_library_names_the_schema_and_fits_it(name: str) -> None:
    text = files("workflows.terms.library").joinpath(name).read_text("utf-8")
    assert text.startswith("#:schema ../terms.schema.json\n")
    assert said(tomllib.loads(text)) == []


def test_it_finds_what_an_editor_should_underline() -> None:
    document = tomllib.loads(files("workflows.terms.library").joinpath("stkkr.toml").read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    document["calendar"] = "UK"
    document["rules"]["breach.notice"]["period"] = "45 days"
    document["rules"]["breach.notcie"] = document["rules"]["breach.notice"]
    document["subprocessors"]["overruling"]["alowed"] = True
    assert said(document) == [
        "calendar",
        "rules",
        "rules.breach.notice.period",
        "subprocessors.overruling",
    ]


def broken(document: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """The document with one thing changed, wherever chance has it."""
    made: dict[str, Any] = copy.deepcopy(document)
    tables: list[Any] = []

    def gather(value: Any) -> None:
        if isinstance(value, dict | list):
            tables.append(value)
            for one in value.values() if isinstance(value, dict) else value:
                gather(one)

    gather(made)
    table = choose.choice([one for one in tables if one])
    if isinstance(table, list):
        table[choose.randrange(len(table))] = choose.choice(VALUES)
        return made
    name = choose.choice(list(table))
    match choose.randrange(5):
        case 0:
            del table[name]
        case 1:
            table[name] = choose.choice(VALUES)
        case 2:
            table[choose.choice(NAMES)] = choose.choice(VALUES)
        case 3:
            table[choose.choice(NAMES)] = table[name]
        case 4:
            table[choose.choice(NAMES)] = table.pop(name)
    return made


def is_right(document: dict[str, Any]) -> bool:
    try:
        parse_document(copy.deepcopy(document), "a.toml")
    except BadInput:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_what_the_schema_refuses_the_check_refuses_too(seed: int) -> None:
    choose = random.Random(seed)  # no secret
    refused = 0
    for _ in range(60):
        document = broken(DOCUMENTS[choose.randrange(len(DOCUMENTS))], choose)
        if not VALIDATOR.is_valid(document):
            refused += 1
            assert not is_right(document), sorted(str(one.json_path) for one in VALIDATOR.iter_errors(document))
    assert refused > 15


@pytest.mark.parametrize("mend", MENDS, ids=lambda one: one.said[:60])
def test_what_the_check_has_mended_fits_the_schema(mend: Mend) -> None:
    assert [one.message for one in VALIDATOR.iter_errors(changed(mend.wrong, mend.mended))] == []


def test_wherever_shape_alone_tells_the_schema_refuses() -> None:
    passed = [one.said for one in MENDS if VALIDATOR.is_valid(changed(one.wrong))]
    shape = ("is missing: write", "is empty", "must be", "is not a key", "has period and", "is not a period", "'GB'",
             "is no amount: write euros", "is no currency", "is no id", "is no version", "this rule",
             "is no time at all", "line break", "no place", "There is no calendar", "4001")  # fmt: skip
    assert [one for one in passed if any(word in one for word in shape) and "the rule" not in one] == []


def test_every_key_tells_an_editor_what_it_is() -> None:
    silent = [
        f"{name}.{key}"
        for name, part in SCHEMA["definitions"].items()
        for key, field in part["properties"].items()
        if not field.get("description")
    ]
    assert silent == []
    assert "$ref" not in SCHEMA
    assert all("$ref" not in field for part in SCHEMA["definitions"].values() for field in part["properties"].values())
