"""Every language says everything, with the same blanks, and in itself alone."""

import re
from importlib.resources import files

import pytest
from babel import Locale
from babel.messages.plurals import get_plural

from service.answers.otherwise import CATALOGUE as ANSWERS
from service.board.forms.words import CATALOGUE as FORMS
from service.board.words import CATALOGUE as BOARD
from service.certificate.saying import CATALOGUE as DECLARATION
from service.cli.words import CATALOGUE as COMMANDS
from service.mail.texts.sentences import CATALOGUE as MAILS
from service.pages.words import CATALOGUE as PAGES
from service.pictures.words import CATALOGUE as PICTURES
from workflows.terms.clauses import in_words
from workflows.terms.law import laws, read_citation
from workflows.terms.load import library
from workflows.terms.problems import CATALOGUE as PROBLEMS
from workflows.terms.questions import CATALOGUE as QUESTIONS
from workflows.time import parse_period
from workflows.words import LANGUAGES, SOURCE, WORKFLOWS, Catalogue, Language, say_amount, say_number

CATALOGUES = [
    WORKFLOWS,
    PAGES,
    BOARD,
    PICTURES,
    MAILS,
    DECLARATION,
    PROBLEMS,
    FORMS,
    COMMANDS,
    ANSWERS,
    QUESTIONS,
]
TRANSLATED = [lang for lang in LANGUAGES if lang != SOURCE]

SAME: dict[str, frozenset[str]] = {
    # Words that the languages share with English, in the same spelling.
    "nl": frozenset(
        {
            "Audit", "Auditor", "Auditor:", "Audits", "Contact", "Contract", "contract", "e-mail", "Label", "Labels",
            "Manager", "privacy",
            "Privacy", "weekend", "{count} week", "Slack", "Microsoft Teams", "{local} in {zone} ({utc})", "Tab",
        }
    ),
    "de": frozenset({"Audit", "Audits", "Label", "Labels", "Form", "Format", "Microsoft Teams", "Name", "Slack", "Text",
        "{local} in {zone} ({utc})"}),
    "fr": frozenset({
        "Audit", "Audits", "Conclusion", "Contact", "Contacts", "Description", "Format", "Instruction", "Question",
        "Clause", "clause", "contact", "Microsoft Teams",
        "Questions", "Rectification", "Service", "Services", "Signature", "Signatures",
        "Slack", "Version {version}", "Versions", "{title}, version {version}", "article", "instruction",
        "introduction", "question", "rectification", "section", "sections", "version {version}",
        "{title} ({id}, version {version})",
    }),
}  # fmt: skip
"""By language: the English that is also right in it."""
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|has|have|with|from|which|your|you|this|that|not|been|will|must|may|by|as|it|its)\b"
)
HARMLESS = {"nl": {"is", "was", "as", "of", "are", "by"}, "de": {"was", "will"}, "fr": {"has"}}
"""English words that are words of the language, too."""


def said(catalogue: Catalogue, lang: Language) -> list[tuple[str, str, str]]:
    """Key, English and translation, form by form."""
    messages = catalogue.in_language(lang).messages
    return [(key, message.asked[0], one) for key, message in messages.items() for one in message.said]


def without_names(text: str) -> str:
    """A sentence without blanks, code and other people's proper names."""
    return re.sub(r"\{\w+\}|`[^`]*`|\b(POST|GET)\b \S+|\([a-z_-]+\)|EU[-–]U?S? [A-Z]\w+( \w+)*", "", text)


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda one: one.package)
def test_every_language_has_every_sentence_with_the_same_blanks(catalogue: Catalogue) -> None:
    assert catalogue.problems() == ()
    there = {file.name for file in files(catalogue.package).iterdir() if file.name.endswith((".po", ".pot"))}
    assert there == {"messages.pot", *(f"{lang}.po" for lang in TRANSLATED)}


@pytest.mark.parametrize("lang", TRANSLATED)
@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda one: one.package)
def test_nothing_is_left_in_english(catalogue: Catalogue, lang: Language) -> None:
    left = [
        (key, text)
        for key, english, text in said(catalogue, lang)
        if text == english and re.search(r"[A-Za-z]{2}", without_names(english)) and english not in SAME[lang]
    ]
    assert left == []
    mixed = [
        (key, word, text)
        for key, _, text in said(catalogue, lang)
        for word in ENGLISH.findall(without_names(text).replace("’", " "))
        if word not in HARMLESS[lang]
    ]
    assert mixed == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda one: one.package)
def test_french_and_german_are_set_as_they_are_written(catalogue: Catalogue) -> None:
    """A narrow space that does not break goes before two-part signs and inside guillemets; apostrophes are curved."""
    wrong = [
        one for one in said(catalogue, "fr") if re.search(r" [:;!?»]|« |[^\s:\d]:(?!\S)|\w'\w", without_names(one[2]))
    ]
    assert [one for one in wrong if "\u202f:" not in one[2]] == []
    # What a terms file has to say stands in its own quotes.
    quoted = r"“\w" if catalogue is PROBLEMS else r"“\w|\"|'"
    assert [one for one in said(catalogue, "de") if re.search(quoted, without_names(one[2]))] == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_each_language_counts_by_its_own_rule(lang: Language) -> None:
    for catalogue in CATALOGUES:
        kept = catalogue._kept(lang)
        assert kept.plural == get_plural(Locale(lang)).plural_expr, (catalogue.package, lang)


@pytest.mark.parametrize(
    ("lang", "days", "nothing", "amount", "number"),
    [
        ("nl", "1 dag, 30 dagen", "0 dagen", "€\u00a02.500,00", "12.500"),
        ("en", "1 day, 30 days", "0 days", "€2,500.00", "12,500"),
        ("de", "1 Tag, 30 Tagen", "0 Tagen", "2.500,00\u00a0€", "12.500"),
        ("fr", "1 jour, 30 jours", "0 jour", "2\u202f500,00\u00a0€", "12\u202f500"),
    ],
)
def test_lengths_amounts_and_numbers(lang: Language, days: str, nothing: str, amount: str, number: str) -> None:
    assert f"{parse_period('P1D').words(lang)}, {parse_period('P30D').words(lang)}" == days
    assert parse_period("P0D").words(lang) == nothing
    assert say_amount("2500.00", lang) == amount
    assert say_number(12_500, lang) == number


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_citation_is_read_back_from_every_language(lang: Language) -> None:
    for law in laws().values():
        for article in ("44", "28(4)", "28(3)(g)"):
            assert read_citation(law.cite(article, lang)) == (law, article)


@pytest.mark.parametrize(
    ("clause", "german", "french"),
    [
        ("7.1", "Ziffer 7.1", "article 7.1"),
        ("7.1, 7.2", "Ziffern 7.1 und 7.2", "articles 7.1 et 7.2"),
        ("bijlage 3", "Anlage 3", "annexe 3"),
        ("considerans", "Präambel", "préambule"),
        ("artikel 28, lid 3, onder g, AVG", "Art. 28 Abs. 3 lit. g DSGVO", "article 28, paragraphe 3, point g), RGPD"),
        ("Controlerecht", "unter „Controlerecht“", "sous «\u202fControlerecht\u202f»"),
    ],
)
def test_clauses_in_german_and_french(clause: str, german: str, french: str) -> None:
    terms = library()["kmo-solutions"]
    assert in_words(terms, clause, "de") == german
    assert in_words(terms, clause, "fr") == french


def test_nothing_is_listed_that_is_not_the_same() -> None:
    for lang in TRANSLATED:
        same = {english for one in CATALOGUES for _, english, text in said(one, lang) if text == english}
        assert SAME[lang] <= same
