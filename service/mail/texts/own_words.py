"""Sentences of a processor's own, in place of packaged ones: `acme/nl.po`, with only those that it says otherwise."""

import gettext
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from service.mail.texts.sentences import CATALOGUE, blanks_in, blanks_of, near
from workflows.words import SOURCE, Language, Sentences
from workflows.words.reading import SaidSentence

_WRITTEN: Final = datetime(2026, 1, 1)


class WrongSentence(Exception):
    """A sentence of a processor's own cannot be used; `line` is where it stands."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


def own_sentences(lang: Language, text: str) -> Sentences:
    """The sentences of a language with those of a processor's own PO file before them.

    Raises WrongSentence for a file that is none, a key that no template asks for, and a blank that is not filled.
    """
    try:
        catalog = read_po(BytesIO(text.encode()), locale=lang, abort_invalid=True)
    except PoFileError as error:
        raise WrongSentence(error.lineno + 1, "this is no line of a PO file") from error
    known = blanks_of()
    own: dict[str, SaidSentence] = {}
    for entry in catalog:
        key, line = entry.context or "", entry.lineno or 1
        asked, said = _forms(entry.id), _forms(entry.string)
        if not entry.id or entry.fuzzy or not all(said):
            continue
        if key not in known:
            raise WrongSentence(line, f"there is no sentence {key}{near(key)}")
        try:
            more = blanks_in(said) - known[key]
        except ValueError as error:
            raise WrongSentence(line, f"{key} has a brace too many or too few: {error}") from error
        if more:
            has = f"known are {', '.join(sorted(known[key]))}" if known[key] else "it has none"
            raise WrongSentence(line, f"{key} has no blank {min(more)}; {has}")
        own[key] = SaidSentence(asked, said)
    return Sentences(lang, own, gettext.c2py(catalog.plural_expr), CATALOGUE.in_language(lang))


def own_file(lang: Language) -> bytes:
    """Every packaged sentence of a language as such a file, to edit."""
    english, said = CATALOGUE.in_language(SOURCE).messages, CATALOGUE.in_language(lang).messages
    catalog = Catalog(locale=lang, project="Termijn", fuzzy=False, creation_date=_WRITTEN, revision_date=_WRITTEN)
    for key, message in english.items():
        own = said.get(key, message).said
        catalog.add(_one_or_all(message.asked), _one_or_all(own), context=key)
    raw = BytesIO()
    write_po(raw, catalog, width=0)
    return raw.getvalue()


def _one_or_all(forms: tuple[str, ...]) -> str | tuple[str, ...]:
    return forms[0] if len(forms) == 1 else forms


def _forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())
