"""How the program speaks: the languages it has, and its sentences from gettext catalogues.

Code asks a catalogue for a sentence by its key; which words that are stands in PO files. See `catalogue` and
docs/languages.md.
"""

from workflows.words.catalogue import Catalogue, Sentences
from workflows.words.language import LANGUAGES, SOURCE, Language, locale_of
from workflows.words.saying import say_number

__all__ = ["LANGUAGES", "SOURCE", "Catalogue", "Language", "Sentences", "locale_of", "say_number"]
