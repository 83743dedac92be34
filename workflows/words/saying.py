"""Numbers and amounts as a reader writes them."""

import re
from decimal import Decimal

from babel.numbers import format_currency, format_decimal

from workflows.words.language import Language, locale_of


def say_number(number: int, lang: Language) -> str:
    """A whole number: `12,500` in English, `12.500` in Dutch."""
    return str(number) if -1000 < number < 1000 else format_decimal(number, locale=locale_of(lang))


def say_amount(amount: str, lang: Language, currency: str = "EUR") -> str:
    """A sum with cents: `€2,500.00` in English, `2.500,00 €` in German; it does not break at the end of a line."""
    said = format_currency(Decimal(amount), currency, locale=locale_of(lang))
    return re.sub(r"(?<=[A-Za-z])(?=[0-9])", "\N{NO-BREAK SPACE}", said)  # a code in letters stands apart (CLDR)
