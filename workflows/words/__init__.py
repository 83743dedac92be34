"""How the program speaks: the languages it has, and its sentences from gettext catalogues.

Code asks a catalogue for a sentence by its key; which words that are stands in PO files. See `catalogue` and
docs/languages.md.
"""

from typing import Final

from workflows.words.catalogue import Catalogue, Sentences
from workflows.words.language import LANGUAGES, SOURCE, Language, locale_of
from workflows.words.saying import say_amount, say_number
from workflows.words.spoken import Spoken
from workflows.words.week import FIVE

__all__ = [
    "FIVE", "LANGUAGES", "SOURCE", "WORKFLOWS", "Catalogue", "Language", "Sentences", "Spoken", "locale_of", "said_in",
    "say_amount", "say_number",
]  # fmt: skip

WORKFLOWS: Final = Catalogue("workflows.words.messages")
"""What workflows say: terms explained, clauses, tasks, periods."""


def said_in(lang: Language, week: int = FIVE) -> Sentences:
    """What workflows say in one language, with working days called as in a week of so many of them."""
    return WORKFLOWS.in_language(lang).in_week(week)
