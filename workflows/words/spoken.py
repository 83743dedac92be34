"""Text that knows which language it is in, for the `lang` of a page that falls back on another."""

from workflows.words.language import Language


class Spoken(str):
    """A sentence, or a name, in `lang`. What is stored or sent is `str(it)`: JSON is written of plain texts alone."""

    lang: Language

    def __new__(cls, text: str, lang: Language) -> "Spoken":
        """As a str is made."""
        made = super().__new__(cls, text)
        made.lang = lang
        return made
