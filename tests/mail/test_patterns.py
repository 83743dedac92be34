"""A mail that is written by a pattern has the words that it has when it is written in full."""

from typing import Any

import pytest
from jinja2 import DictLoader
from msgspec.structs import replace

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.views import MailAgreement
from service.mail.texts.patterns import MOST, OWN, Patterns, flowed
from service.mail.texts.samples import ENTRY_SAMPLES, samples
from service.mail.texts.texts import LAYOUT, Remark, Texts, Written
from workflows.words import LANGUAGES, Language

ODD = ("O'Neil & <Zonen>", "ÉCLAIR \u00a0GmbH", "x" * 90, "a b " * 30 + "c", "two  spaces", "\u202eleft", "{{ t }}")
"""Names that a blank must take as they are, or not at all."""


def texts() -> Texts:
    return Texts()


def named(variables: dict[str, Any], name: str) -> dict[str, Any]:
    """The same for another reader."""
    made = {key: name if key in OWN and key[-4:] != "_url" and value else value for key, value in variables.items()}
    made = {key: f"{value}-{name[:1]}" if key.endswith("_url") and value else value for key, value in made.items()}
    agreement = made.get("agreement")
    if isinstance(agreement, MailAgreement):
        made["agreement"] = replace(agreement, references=f"M-1, {name}")
    return made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sample_of_every_kind_reads_the_same_for_every_reader(lang: Language) -> None:
    made = texts()
    for kind in MAIL_KINDS:
        for number, sample in enumerate(samples(kind, lang)):
            for name in ("Kim de Wit", ODD[number % len(ODD)]):
                given = named(sample, name)
                assert made.write(kind, lang, given) == made._write(kind, lang, LAYOUT, given), (kind, number, name)
    for sample in ENTRY_SAMPLES:
        for name in ("Kim de Wit", *ODD):
            given = named(sample, name)
            assert made.remark(lang, given) == made._remark(lang, given)


def test_readers_who_are_told_the_same_share_a_pattern() -> None:
    ran: list[dict[str, Any]] = []

    def write(variables: Any) -> Written:
        ran.append(variables)
        return Written("Hello", f"Dear {variables['contact']}", f"<p>{variables['contact']}</p>")

    patterns = Patterns()
    for contact in ("Kim", "Sam <&>", "Kim"):
        found = patterns.write("a", {"contact": contact, "processor": "Acme"}, write)
        assert found.text == f"Dear {contact}"
    assert found.html == "<p>Kim</p>"
    assert patterns.write("a", {"contact": "Sam <&>", "processor": "Acme"}, write).html == "<p>Sam &lt;&amp;&gt;</p>"
    assert len(ran) == 1
    patterns.write("a", {"contact": "Kim", "processor": "Other"}, write)
    patterns.write("b", {"contact": "Kim", "processor": "Acme"}, write)
    assert len(ran) == 3


def test_a_name_that_would_not_stand_as_it_is_is_no_blank() -> None:
    given: list[Any] = []

    def write(variables: Any) -> Remark:
        given.append(variables["contact"])
        return Remark("", "")

    for contact in ("two  spaces", " before", "a\nb", "", None, 3):
        Patterns().write("a", {"contact": contact}, write)
    assert given == ["two  spaces", " before", "a\nb", "", None, 3]


def test_what_hangs_on_a_name_is_written_in_full() -> None:
    def write(variables: Any) -> Remark:
        return Remark(flowed(flowed(str(variables["contact"]))), "")

    assert Patterns().write("a", {"contact": "Kim"}, write) == Remark("Kim", "")


def test_the_patterns_kept_are_bounded() -> None:
    patterns = Patterns()
    for number in range(MOST + 20):
        patterns.write(number, {}, lambda _: Remark("", ""))
    assert len(patterns._kept) == MOST


def test_templates_of_a_processor_may_do_with_a_name_what_they_like() -> None:
    own = Texts(DictLoader({"calendar.jinja": (
        "{% set summary %}{{ customer|upper|replace(' ', '_') }}{% endset %}{% set description %}x{% endset %}"
    )}), "own")  # fmt: skip
    given = named(ENTRY_SAMPLES[0], "Kim de Wit")
    assert own.remark("nl", given).summary == "KIM_DE_WIT"
