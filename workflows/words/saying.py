"""Numbers as a reader writes them."""

from babel.numbers import format_decimal

from workflows.words.language import Language, locale_of


def say_number(number: int, lang: Language) -> str:
    """A whole number: `12,500` in English, `12.500` in Dutch."""
    return str(number) if -1000 < number < 1000 else format_decimal(number, locale=locale_of(lang))
