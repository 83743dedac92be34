"""The guide to writing terms files: its example is read, and no key is left out."""

import re
from pathlib import Path

import msgspec

from workflows.terms import model
from workflows.terms.load import parse_toml
from workflows.terms.names import RULES

GUIDE = (Path(__file__).parents[2] / "docs" / "terms.md").read_text()


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
