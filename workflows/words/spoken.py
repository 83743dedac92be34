"""Text that knows which language it is in, for the `lang` of a page that falls back on another."""

from collections.abc import Iterator

from workflows.words.language import Language


class Spoken(str):
    """A sentence, or a name, in `lang`. What is stored or sent is `str(it)`: JSON is written of plain texts alone.

    `foreign` are the parts of it that are in another language, a quotation of somebody's own words: from where to
    where, and in which.
    """

    lang: Language
    foreign: tuple[tuple[int, int, Language], ...]

    def __new__(cls, text: str, lang: Language, foreign: tuple[tuple[int, int, Language], ...] = ()) -> "Spoken":
        """As a str is made."""
        made = super().__new__(cls, text)
        made.lang = lang
        made.foreign = foreign
        return made

    def pieces(self) -> Iterator[tuple[str, Language]]:
        """The whole of it in order, each piece with the language that it is in."""
        done = 0
        for start, stop, lang in self.foreign:
            yield self[done:start], self.lang
            yield self[start:stop], lang
            done = stop
        yield self[done:], self.lang
