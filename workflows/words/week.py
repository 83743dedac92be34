"""Working days by the word of a language that has one for a week of five days and another for one of six. Pure."""

from typing import Final

from workflows.words.language import Language

SIX: Final = 6
_OF_SIX_DAYS: Final[dict[Language, tuple[tuple[str, str], ...]]] = {
    "fr": (("ouvré", "ouvrable"),),
    "de": (("Arbeitstag", "Werktag"), ("arbeitstag", "werktag")),
}
"""What the catalogues say, which is the word of five days, and beside it that of six. Dutch has one for both."""


def by_week(text: str, lang: Language, days: int) -> str:
    """Words of ours in which working days stand as they are called where a week has that many of them."""
    for five, six in _OF_SIX_DAYS.get(lang, ()) if days >= SIX else ():
        text = text.replace(five, six)
    return text
