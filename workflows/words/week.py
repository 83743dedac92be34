"""Working days by the word of a language that has one for a week of five days and another for one of six. Pure."""

from typing import Final

from workflows.words.language import Language

FIVE: Final = 5
SIX: Final = 6
_OF_SIX_DAYS: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "fr": (("ouvré", "ouvrable"),),
    "de": (("Arbeitstag", "Werktag"), ("arbeitstag", "werktag")),
}
"""What the catalogues say, which is the word of five days, and beside it that of six. Dutch has one for both."""


def of_six(sentence: str, lang: Language) -> str:
    """A sentence of a catalogue, its blanks open, as it is said where a week has six working days."""
    for five, six in _OF_SIX_DAYS.get(lang, ()):
        sentence = sentence.replace(five, six)
    return sentence
