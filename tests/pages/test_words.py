import re
from pathlib import Path

import pytest

from service.pages import words
from service.pages.seal import STALE_SECONDS, make_seal, read_seal
from service.pages.words import words_in
from workflows.ids import new_id
from workflows.words import LANGUAGES, Language

PAGES = Path(words.__file__).parent


WHOLE = (
    "headline.", "begins.", "stays.", "began.", "state.", "status.", "answer.", "given.", "channel.", "received.",
    "fact.", "plain.", "request.", "matter.", "going.", "hint.take-back_",
)  # fmt: skip
"""Groups whose keys are put together from what they tell of."""


def test_every_sentence_is_used_and_every_one_that_is_used_exists() -> None:
    code = "\n".join(
        file.read_text() for kind in ("**/*.py", "templates/**/*.html", "templates/*.xml") for file in PAGES.glob(kind)
    )
    known = set(words_in("en").said)
    groups = {key.partition(".")[0] for key in known}
    quoted = set(re.findall(r'f?"([a-z]+\.[a-z_-]+(?:\{[^"]*)?)', code))
    used = {
        one for one in quoted if one.partition(".")[0] in groups and not one.endswith((".py", ".html", ".css", ".ics"))
    }
    exact = {one for one in used if "{" not in one and not one.endswith(("_", "."))}
    begun = set(re.findall(r'"([a-z]+\.[a-z_-]+_)(?:\{|" ~)', code))
    computed = {
        *(key for key in known if key.startswith(WHOLE) or key.startswith(tuple(begun))),
        "deadlines.controller", "deadlines.processor", "choice.return_title", "choice.return_send",
        "choice.erase_title", "choice.erase_send", "choice.certificate_title", "choice.certificate_send",
        "right.written", "right.text", "say.queued", "say.sent", "say.undeliverable", "sign.name", "sign.function",
    }  # fmt: skip
    missing = {one for one in exact if one not in known and not any(key.startswith(one) for key in known)}
    assert not missing
    assert sorted(known - exact - computed) == []


def test_what_goes_into_a_sentence_is_escaped() -> None:
    said = words_in("en")("notice.from", processor="<b>Acme & Co</b>")
    assert said == "Notice from &lt;b&gt;Acme &amp; Co&lt;/b&gt;"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_unknown_sentence_or_a_missing_blank_is_an_error(lang: Language) -> None:
    with pytest.raises(KeyError):
        words_in(lang)("notice.nothing_like_it")
    with pytest.raises(KeyError):
        words_in(lang)("notice.from")


def test_a_seal_fits_its_own_link_alone_and_grows_stale() -> None:
    link, other = new_id(), new_id()
    seal = make_seal("secret", link, 1_000_000)
    found = read_seal("secret", link, seal, 1_000_000 + STALE_SECONDS)
    assert found is not None
    assert not found.stale
    late = read_seal("secret", link, seal, 1_000_001 + STALE_SECONDS)
    assert late is not None
    assert late.stale
    assert late.nonce == found.nonce
    assert read_seal("secret", other, seal, 1_000_000) is None
    assert read_seal("another secret", link, seal, 1_000_000) is None


@pytest.mark.parametrize("text", ["", "a", "=", "é", "AAAA" * 30, "\ud800", "A" * 100_000])
def test_what_is_no_seal_is_refused(text: str) -> None:
    assert read_seal("secret", new_id(), text, 0) is None


def test_every_changed_character_of_a_seal_is_noticed() -> None:
    link = new_id()
    seal = make_seal("secret", link, 1_000_000)
    for place in range(len(seal)):
        changed = seal[:place] + ("A" if seal[place] != "A" else "B") + seal[place + 1 :]
        assert read_seal("secret", link, changed, 1_000_000) is None, place


def test_two_showings_of_one_page_differ() -> None:
    link = new_id()
    assert make_seal("secret", link, 1_000_000) != make_seal("secret", link, 1_000_000)
