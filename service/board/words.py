"""The sentences of the board, from `catalogue/*.po`; those of the customers' pages are at hand as well."""

from functools import cache
from typing import Final

from markupsafe import Markup

from service.pages.words import Words
from service.pages.words import words_in as page_words
from workflows.words import LANGUAGES, Catalogue, Language, Sentences

CATALOGUE: Final = Catalogue("service.board.catalogue")
DEFAULT: Final[Language] = "en"


class BoardWords(Words):
    """One language; as `Words`, with the board's own sentences first."""

    def __init__(self, own: Sentences, pages: Words) -> None:
        super().__init__(own)
        self._pages = pages

    def __call__(self, key: str, **blanks: object) -> Markup:
        """The sentence with its blanks filled, as `Words` says it."""
        return super().__call__(key, **blanks) if key in self.said else self._pages(key, **blanks)

    def has(self, key: str) -> bool:
        return key in self.said or self._pages.has(key)


@cache
def board_words(lang: Language) -> BoardWords:
    """The words of a language, read once a process."""
    return BoardWords(CATALOGUE.in_language(lang), page_words(lang))


def asked_language(asked: str) -> Language:
    """The first of our languages that a browser asks for (`Accept-Language`), English where it names none."""
    wanted = [one.strip()[:2].casefold() for one in asked.split(",")]
    return next((lang for one in wanted for lang in LANGUAGES if lang == one), DEFAULT)
