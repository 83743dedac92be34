"""The sentences of mails: whole, and each asked for by a template."""

import re
from pathlib import Path

import pytest
from jinja2 import TemplateRuntimeError, nodes

import service.mail.texts.texts as texts_module
from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.compiling import SAYS
from service.mail.texts.samples import samples
from service.mail.texts.sentences import CATALOGUE, OTHER, Saying, blanks_of
from service.mail.texts.texts import PACKAGED, Texts, packaged_texts
from workflows.words import LANGUAGES, SOURCE, Sentences

TEMPLATES = Path(texts_module.__file__).parent / "templates"
OURS = {one.name for one in TEMPLATES.glob("*.jinja")}
"""Those of mails to users too, which nobody replaces by their own."""


def asked_for() -> set[str]:
    """The sentences and families that templates ask for."""
    env = packaged_texts()._environment("en", "text")
    trees = [env.parse((TEMPLATES / name).read_text("utf-8"), name) for name in sorted({*PACKAGED, *OURS})]
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


def test_what_is_written_in_place_is_what_a_call_would_say() -> None:
    """A trial calls for each sentence; what mails are made of has the sentences in it."""
    called = Texts()
    called._trial = True
    for kind in MAIL_KINDS:
        for sample in samples(kind, "fr")[:2]:
            assert called.write(kind, "fr", sample) == packaged_texts().write(kind, "fr", sample)


def test_what_falls_back_to_english_is_marked_as_english_in_html() -> None:
    english = CATALOGUE.in_language(SOURCE)
    lacking = Sentences("de", {}, lambda count: int(count != 1), english)
    said = Saying(lacking, html=True)("dear", contact="<Kim>")
    assert said == '<span lang="en">Dear &lt;Kim&gt;,</span>'
    assert Saying(lacking, html=False)("for_agreements", count=1200) == "For 1,200 agreements."
    assert said == "".join(
        "&lt;Kim&gt;" if blank else one for one, blank in Saying(lacking, html=True).written("dear", ["contact"]) or ()
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("t('deer', contact='Kim')", r"there is no sentence deer. Did you mean dear\?"),
        ("t('dear')", "dear has a blank contact, which is not given"),
        ("t('matter.about', 'poem')", "there is no sentence matter.about.other"),
    ],
)
def test_a_mistaken_call_says_what_is_wrong(call: str, said: str) -> None:
    env = packaged_texts()._environment("en", "html")
    with pytest.raises(TemplateRuntimeError, match=said):
        env.from_string(f"{{{{ {call} }}}}").render()
