"""The guide to writing terms files: its example is read, and no key is left out."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workflows.terms import model
from workflows.terms.keys import keys_of, page, shapes
from workflows.terms.load import parse_toml
from workflows.terms.names import RULES

PAGES = Path(__file__).parents[2] / "docs"
GUIDE = (PAGES / "terms.md").read_text()
LIBRARY = Path(model.__file__).parents[1] / "library"
KEYS = Path(model.__file__).parents[1] / "keys.toml"


def test_the_example_is_a_terms_file() -> None:
    found = re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    assert parse_toml(found[1], "docs/terms.md").id == "harbour-cloud"


def test_every_key_and_rule_is_explained() -> None:
    words = set(re.findall(r"[a-z_]+", GUIDE))
    told: tuple[type[msgspec.Struct], ...] = (model.Terms, *model.Base.__subclasses__())
    keys = {key for shape in told for key in shape.__struct_fields__}
    assert keys - words == set()
    assert all(rule in GUIDE for rule in RULES)


ROWS = re.findall(r"^\| [^|]*\| `([^`|]+)` \| `([a-z0-9-]+)`[^|]*\|$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize(("written", "agreement"), ROWS, ids=lambda one: one[:50])
def test_what_the_guide_shows_of_an_agreement_stands_in_its_file(written: str, agreement: str) -> None:
    found = tomllib.loads((LIBRARY / f"{agreement}.toml").read_text("utf-8"))
    assert _stands(tomllib.loads(written), found)


def test_the_guide_shows_what_real_texts_say() -> None:
    assert len(ROWS) > 25


def _stands(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_stands(one, whole.get(name)) for name, one in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_stands(one, other) for other in whole) for one in part)
    return bool(part == whole)


def test_the_page_of_keys_is_current() -> None:
    assert (PAGES / "terms-keys.md").read_text("utf-8") == page(), (
        "the format or the library has changed: run make docs"
    )


def test_each_key_is_told_with_its_meaning_its_default_and_an_example() -> None:
    for shape in shapes():
        told = {one.name: one for one in keys_of(shape)}
        for name, one in told.items():
            assert one.says, f"{shape.__name__}.{name}: say in keys.toml what it says"
            assert one.example, (
                f"{shape.__name__}.{name}: no file of the library uses it, so keys.toml needs an example"
            )
        defaults = {one.name: one.default for one in msgspec.structs.fields(shape)}
        kept = {
            name for name, value in defaults.items() if isinstance(value, str | bool | tuple) and value not in ("", ())
        }
        assert {name for name in kept & told.keys() if not told[name].default} == set()


def test_the_examples_that_no_agreement_has_are_toml_of_that_key() -> None:
    kinds = {f"{shape.__name__}.{one.name}": one for shape in shapes() for one in keys_of(shape)}
    for name, example in tomllib.loads(KEYS.read_text("utf-8"))["examples"].items():
        assert list(tomllib.loads(example)) == [name.partition(".")[2]]
        assert name in kinds


def test_nothing_is_said_of_a_key_that_is_none() -> None:
    told = tomllib.loads(KEYS.read_text("utf-8"))
    known = {shape.__name__: {one.name for one in keys_of(shape)} for shape in shapes()}
    assert told.keys() - known.keys() == {"every", "examples"}
    assert {f"{shape}.{key}" for shape, keys in known.items() for key in set(told.get(shape, {})) - keys} == set()
    assert set(told["every"]) - {key for keys in known.values() for key in keys} == set()
