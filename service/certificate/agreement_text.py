"""A text for agreements that is made of their terms: each rule in plain words with its clause, as a PDF.

It says what `terms explain` and customers' own pages say, and nothing besides: who the parties are, and what the terms
leave blank, is said to be named in each agreement. Pure but for packaged files.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import typst
from msgspec.structs import replace

from service.certificate.render_pdf import fonts
from service.certificate.saying import CATALOGUE
from service.certificate.wording import Shown, in_any_font, in_own_font, printable
from workflows.terms.explain import UNDATED, counted_in, text_sections
from workflows.terms.load import document_digest, to_document
from workflows.terms.model import Terms
from workflows.terms.names import RULES
from workflows.words import Language, Spoken

FORM_OF: Final = datetime(2026, 11, 29, tzinfo=UTC)
"""The date in the PDF, which its standard asks for: that of the form, so that the same terms give the same bytes on any
day. It is raised with the form."""


def press_text(terms: Terms, lang: Language) -> bytes:
    """The text as PDF/A-2a (ISO 19005-2) and PDF/UA-1, the same bytes for the same terms and language.

    Takes some tens of milliseconds of CPU. Raises typst.TypstError where the form is wrong.
    """

    def made(shown: Shown) -> bytes:
        return typst.compile(
            _source(),
            format="pdf",
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"values": filled_in(terms, lang, shown)},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(FORM_OF.timestamp()),
        )

    try:
        return made(in_any_font)
    except typst.TypstError:
        return made(in_own_font)  # as for the declaration


def filled_in(terms: Terms, lang: Language, shown: Shown) -> str:
    """All that the form is filled in with, as JSON: where it is the same, so is the text."""
    return msgspec.json.encode(_values(terms, lang, shown)).decode()


def file_name(terms: Terms, lang: Language) -> str:
    """What the file is called."""
    version = "" if terms.version == UNDATED else f"-{terms.version}"
    return f"{terms.id}{version}-{lang}.pdf"


def rules_digest(terms: Terms) -> bytes:
    """SHA-256 of the document of the terms, which a version is known by: 32 bytes."""
    return document_digest(to_document(terms))


def _in_order(terms: Terms) -> Terms:
    """Rules and penalties in one order: a file has one, and the database keeps none."""
    places = {name: place for place, name in enumerate(RULES)}
    rules = sorted(terms.rules.items(), key=lambda one: (places.get(one[0], len(places)), one[0]))
    return replace(terms, rules=dict(rules), penalties=dict(sorted(terms.penalties.items())))


def _values(given: Terms, lang: Language, shown: Shown) -> dict[str, Any]:
    terms = _in_order(given)
    said = CATALOGUE.in_language(lang)

    def text(words: str) -> str:
        return printable(words, shown, longest=None)  # it is signed: a provision that is cut off is another one

    def pieces(line: str) -> list[dict[str, str]]:
        each = line.pieces() if isinstance(line, Spoken) else [(line, lang)]
        return [{"said": _between(one, text(one)), "lang": of} for one, of in each if one]

    def section(title: str, lines: Sequence[str]) -> dict[str, Any]:
        return {"title": text(title), "lines": [pieces(one) for one in lines]}

    named = said("text.named")
    version = "" if terms.version == UNDATED else said("text.version", version=text(terms.version))
    # How days are counted stands in a text where the terms say so; what the program takes otherwise is its own.
    counting = [section(said("text.counting"), counted_in(terms, lang))] if terms.counting is not None else []
    return {
        "lang": lang,
        "title": text(terms.title),
        "version": version,
        "about": said("text.about"),
        "page": said.text("head.page"),
        "sentence": said("text.sentence"),
        "parties_heading": said("text.parties"),
        "parties": [[said(f"text.{one}"), named] for one in ("processor", "controller", "contract")],
        "sections": [*(section(one.title, one.lines) for one in text_sections(terms, lang)), *counting],
        "made_heading": said("text.made"),
        "made": said("text.made_of", terms=terms.id, version=text(terms.version)),
        "hash_label": said("text.hash"),
        "hash": rules_digest(given).hex(),
        "at": [FORM_OF.year, FORM_OF.month, FORM_OF.day],
    }


def _between(given: str, shown: str) -> str:
    """With the blanks at its ends, which part it from the pieces beside it."""
    before = " " if given[:1].isspace() else ""
    behind = " " if given[-1:].isspace() else ""
    return f"{before}{shown}{behind}"


@cache
def _source() -> bytes:
    return (files("service.certificate") / "templates" / "agreement_text.typ").read_bytes()
