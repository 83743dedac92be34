import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from jinja2 import DictLoader

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.flowing import dense, flow
from service.mail.texts.samples import samples
from service.mail.texts.texts import Texts, TextsError, packaged_texts
from service.wording import last_moment, moment, say_country, say_day, say_place
from workflows.time import end_of_day
from workflows.words import LANGUAGES, Language

INLINE = ("strong", "a", "span")


class Reader(HTMLParser):
    """What a person reads and what a reader of mail would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.said = ""
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("img", "link", "script", "iframe", "object", "form", "video", "base"):
            self.fetched.append(tag)
        self.fetched += [name for name in ("src", "background", "srcset", "onclick") if name in values]
        self.fetched += [value for value in values.values() if value and ("url(" in value or "@import" in value)]
        self.skip += tag in ("style", "title")
        self.said += "" if tag in INLINE else " "
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.skip -= tag in ("style", "title")
        self.said += "" if tag in INLINE else " "
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.skip:
            self.said += data

    @property
    def words(self) -> list[str]:
        return self.said.split()


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_every_kind_says_the_same_in_text_and_html_and_fetches_nothing(kind: str, lang: Language) -> None:
    # What stands where is the same in every language: of the later ones some samples will do.
    for sample in samples(kind)[:: 1 if lang in ("nl", "en") else 4]:
        written = packaged_texts().write(kind, lang, sample)
        assert "\n" not in written.subject
        assert sample["processor"] in written.subject
        assert len(written.subject) < 140
        reader = read(written.html)
        assert reader.fetched == []
        assert f'<html lang="{lang}"' in written.html
        # Whatever the text says the HTML says too; headings are in capitals in the text.
        in_html = {word.casefold().strip(":") for word in reader.words}
        for word in written.text.split():
            bare = word.casefold().strip(":")
            assert bare in in_html or word.startswith("https://") or set(word) <= {"|", "-"}, (word, kind)
        assert "  " not in written.text.replace("    ", "").replace("\n  ", "\n")
        assert "\n\n\n" not in written.text
        assert all(len(line) <= 76 or line.startswith("https://") for line in written.text.split("\n"))


def test_a_name_cannot_become_markup_nor_a_line_of_its_own() -> None:
    sample = samples("announcement")[0] | {
        "processor": "<b>Acme</b> & \"Zoon\"\r\n\r\nAnswer here:\nhttps://evil.example",
        "contact": "Kim{{ 7 * 7 }}",
    }  # fmt: skip
    written = packaged_texts().write("announcement", "nl", sample)
    assert "<b>Acme" not in written.html
    assert "&lt;b&gt;Acme&lt;/b&gt;" in written.html
    assert "Kim{{ 7 * 7 }}" in written.text
    assert "\nAnswer here" not in written.text


QUOTING = {
    one.name
    for one in MAIL_KINDS.values()
    if one.about not in ("notice", "agreement") or one.bundle or one.purpose is not None
}
OWN: dict[Language, set[str]] = {
    "en": {"the", "your", "you", "until", "and"},
    "nl": {"het", "uw", "u", "tot", "dat", "een", "wij", "voor"},
    "de": {"der", "ihre", "sie", "nicht", "und"},
    "fr": {"le", "la", "votre", "vous", "est", "et", "jusqu’au"},
}
"""Words of a language that none of the others has."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_languages_are_not_mixed(lang: Language) -> None:
    foreign = set().union(*(words for other, words in OWN.items() if other != lang))
    for kind in MAIL_KINDS:
        for sample in samples(kind):
            written = packaged_texts().write(kind, lang, without_words(sample))
            words = {word.strip(".,:()").casefold() for word in written.text.split()}
            # What others' samples quote is of the language it was written in.
            quoted = (
                set(re.findall(r"\w+", msgspec.json.encode(sample).decode().casefold())) if kind in QUOTING else set()
            )
            assert not (foreign & words) - quoted, (kind, foreign & words)
            assert OWN[lang] & words


def without_words(sample: dict[str, Any]) -> dict[str, Any]:
    """The same with made-up words that are of no language."""
    text = msgspec.json.encode(sample).decode()
    for foreign in (
        "Thursday",
        "the live system",
        "the backups",
        "a second data centre",
        "too far away",
        "a wrong day",
    ):
        text = text.replace(foreign, "xyz")
    plain = msgspec.json.decode(text)
    return {
        key: msgspec.convert(plain[key], type(value)) if isinstance(value, msgspec.Struct) else value
        for key, value in sample.items()
    } | {key: plain[key] for key in ("reason", "confirmed", "not_confirmed") if key in plain}


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("nl/held_open.jinja", "{% set subject %}x{% endset %}{{ custommer }}", "custommer"),
        ("en/decision.jinja", "{% set subject %}x{% endset %}{% set preview %}x{% endset %}"
         "{% if decision == 'uphold' %}{{ notice.rull }}{% endif %}", "rull"),
        ("en/choice.jinja", "{% set subject %}x{% endset %}\n{% if %}", "choice.jinja, line 2"),
        ("nl/ended.jinja", "hello", "subject"),
        ("en/corrected.jinja", "{% set subject %}x{% endset %}{{ ui.paragraph('x') }}", "paragraph"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_found_when_loading(name: str, source: str, said: str) -> None:
    with pytest.raises(TextsError, match=said) as found:
        Texts(DictLoader({name: source}))
    assert name.partition("/")[2] in str(found.value)


def test_the_packaged_templates_hold_also_where_no_sample_leads() -> None:
    Texts(look=True)


START = "{% set subject %}x{% endset %}{% set preview %}x{% endset %}\n{% if customer == 'nobody' %}\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ custommer }}", r"line 3: nothing is called custommer here; known are .*customer, .*page_url"),
        ("{{ notice.rull }}", r"line 3: notice has no rull; known are .*rights, rule, silence, starts"),
        ("{{ notice.closes.shrt }}", r"line 3: notice.closes has no shrt; known are day, place, short, time"),
        ("{% for one in notice.rights %}\n{{ one.untill }}{% endfor %}", r"line 4: one has no untill"),
        ("{% set c = change %}{{ c.sub.nme }}", r"line 3: c.sub has no nme; known are .*countries, country, name"),
        ("{{ processor.name }}", r"line 3: processor is plain \(str\) and has no name"),
        ("{{ ui.paragraph('x') }}", r"line 3: ui has no paragraph; known are .*box, button"),
        ("{{ ui.title('x', 'y') }}", r"line 3: ui.title is called with \(text\)"),
        ("{{ ui.button('x') }}", r"line 3: ui.button is called with \(label, url\)"),
        ("{{ ui.button('x', ulr='y') }}", r"line 3: ui.button is called with \(label, url\)"),
        ("{% call ui.box() %}{{ hedl_until }}{% endcall %}", r"line 3: nothing is called hedl_until"),
        ("{{ customer|shout }}", r"line 3: there is no filter shout"),
        ("{{ t('deer', contact=contact) }}", r"line 3: there is no sentence deer. Did you mean dear\?"),
        ("{{ t('dear') }}", r"line 3: the sentence dear has the blanks contact"),
        ("{{ t('dear', contact=contact, processor=processor) }}", r"line 3: the sentence dear has the blanks contact"),
        ("{{ t('can_do', contact=contact) }}", r"line 3: the sentence can_do has no blanks"),
        ("{{ t('matter.about', notice.starts) }}", r"line 3: there is no sentence matter.about.day"),
        ("{{ t('plans', change.kind) }}", r"line 3: the sentence plans has the blanks customer, processor"),
        ("{{ t(customer) }}", r"line 3: t is called with the name of a sentence"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_found_where_no_sample_leads(source: str, said: str) -> None:
    with pytest.raises(TextsError, match=said):
        Texts(DictLoader({"nl/held_open.jinja": f"{START}{source}{{% endif %}}"}))


@pytest.mark.parametrize(
    "source",
    [
        "{% for change in notice.rights %}{{ change.until }}{% endfor %}",
        "{% set notice = customer %}{{ notice.upper() }}",
        "{% macro mine(notice) %}{{ notice.anything }}{% endmacro %}{{ mine(change) }}",
        "{% from 'packaged/nl/words.jinja' import headline %}{{ headline(change) }}",
        "{{ ui.button(url='y', label='x') }}",
    ],
)
def test_a_name_of_the_templates_own_is_left_alone(source: str) -> None:
    Texts(DictLoader({"nl/held_open.jinja": f"{START}{source}{{% endif %}}"}))


def test_a_processors_own_text_goes_before_the_packaged_one() -> None:
    own = "{% set subject %}{{ processor }}: mine{% endset %}{% set preview %}{% endset %}{{ ui.title('Mine') }}"
    texts = Texts(DictLoader({"nl/end_cancelled.jinja": own}))
    sample = samples("end_cancelled")[0]
    assert texts.write("end_cancelled", "nl", sample).subject.endswith(": mine")
    assert texts.write("end_cancelled", "en", sample).subject.endswith("continues (M-1)")


def test_a_paragraph_is_broken_between_words_and_an_address_never() -> None:
    address = "https://dpa.example.org/n/" + "x" * 80
    lines = flow(f"one\n two {'three ' * 20}{address} end", "| ", "| ").split("\n")
    assert all(line.startswith("| ") for line in lines)
    assert f"| {address}" in lines
    assert all(len(line) <= 72 for line in lines if address not in line)
    assert " ".join(" ".join(lines).replace("| ", "").split()) == f"one two {'three ' * 20}{address} end"
    assert flow("") == ""
    assert dense("a\n\n \n    b\n") == "a\n    b"


def test_a_space_that_holds_words_together_stays_one() -> None:
    held = "Reçu\u202f: jeudi à 24\u00a0h\u00a000"
    assert flow(f"{'x ' * 32}{held}").split("\n")[1] == "jeudi à 24\u00a0h\u00a000"
    assert held in flow(f" \n{held}\u2028again")
    assert "\u2028" not in flow(f"{held}\u2028again")


def test_days_and_moments_in_words() -> None:
    zone = "Europe/Amsterdam"
    assert say_day(date(2026, 12, 24), "nl") == "donderdag 24 december 2026"
    assert say_day(date(2026, 12, 24), "en") == "Thursday 24 December 2026"
    assert say_country("DE", "nl") == "Duitsland"
    assert say_country("DE", "en") == "Germany"
    assert say_country("ZZ9", "en") == "ZZ9"
    assert say_place("Europe/Brussels", "nl") == "Brussel"
    assert say_place("Europe/Brussels", "en") == "Brussels"
    assert say_place("America/New_York", "en") == "New York"
    whole = last_moment(end_of_day(date(2026, 10, 25), zone), zone, "en")
    assert (whole.day, whole.time, whole.whole_day) == ("Sunday 25 October 2026", "24:00", True)
    hours = last_moment(datetime(2026, 3, 29, 1, 30, 59, 999, tzinfo=UTC), zone, "nl")
    assert (hours.day, hours.time, hours.whole_day) == ("zondag 29 maart 2026", "03:30", False)
    assert moment(datetime(2026, 3, 28, 23, 0, tzinfo=UTC), zone, "nl").time == "00:00"
