"""The JSON Schema of terms files: as the model has it, and true of every file of the library."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from workflows.terms.schema import document, packaged_schema, schema

LIBRARY = sorted(one.name for one in files("workflows.terms.library").iterdir() if one.name.endswith(".toml"))
jsonschema = pytest.importorskip("jsonschema")


def said(wrong: dict[str, Any]) -> list[str]:
    """Where the schema finds something wrong with a document."""
    found = jsonschema.Draft202012Validator(schema()).iter_errors(wrong)
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
    jsonschema.Draft202012Validator.check_schema(schema())
    document["calendar"] = "UK"
    document["rules"]["breach.notice"]["period"] = "45 days"
    document["rules"]["breach.notcie"] = document["rules"]["breach.notice"]
    document["subprocessors"]["overruling"]["alowed"] = True
    assert said(document) == [
        "calendar",
        "rules",
        "rules.breach.notcie.period",
        "rules.breach.notice.period",
        "subprocessors.overruling",
    ]
