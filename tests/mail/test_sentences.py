"""The sentences of mails: whole, and each asked for by a template."""

import re
from pathlib import Path

from jinja2 import nodes

import service.mail.texts.texts as texts_module
from service.mail.texts.compiling import SAYS
from service.mail.texts.sentences import CATALOGUE, OTHER, blanks_of
from service.mail.texts.texts import PACKAGED, packaged_texts
from workflows.words import LANGUAGES

TEMPLATES = Path(texts_module.__file__).parent / "templates"


def asked_for() -> set[str]:
    """The sentences and families that templates ask for."""
    env = packaged_texts()._environment("en", "text")
    trees = [env.parse((TEMPLATES / name).read_text("utf-8"), name) for name in sorted(PACKAGED)]
    calls = [one for tree in trees for one in tree.find_all(nodes.Call)]
    return {
        f"{key.value}." if len(one.args) > 1 else key.value
        for one in calls
        if isinstance(one.node, nodes.Name) and one.node.name == SAYS and isinstance(key := one.args[0], nodes.Const)
    }


def test_every_sentence_is_asked_for_and_every_one_that_is_asked_for_is_there() -> None:
    keys, asked = {key for key in blanks_of() if not key.startswith("sample.")}, asked_for()
    assert {key for key in keys if not {key, f"{key.rpartition('.')[0]}."} & asked} == set()
    assert {one for one in asked if not any(key.startswith(one) for key in keys)} == set()


def test_a_variant_is_of_a_kind_that_there_is() -> None:
    """Another would never be said."""
    kinds = {"add", "replace", "remove", "relocate", "terms", "measure", OTHER}
    for key in blanks_of():
        family, _, variant = key.rpartition(".")
        if family in ("headline", "plans", "begins_now", "began", "therefore", "confirmation.holds"):
            assert variant in kinds, key


def test_sentences_are_whole() -> None:
    """None begins or ends within another: it begins with a capital or a blank, and what ends with a stop begins so."""
    for lang in LANGUAGES:
        for key, message in CATALOGUE.in_language(lang).messages.items():
            for one in message.said:
                assert one == " ".join(re.split(r"[ \n]+", one)).strip(), (lang, key)
                if one.endswith("."):
                    assert one[0].isupper() or one[0] == "{", (lang, key, one)
