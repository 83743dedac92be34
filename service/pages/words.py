"""The sentences of the pages, from `catalogue/*.po`: filled, escaped and safe to put in HTML."""

from datetime import date, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from service.wording import last_moment, moment, say_announced_place, say_country, say_day
from workflows.model.change import AnnouncedText
from workflows.words import Catalogue, Language, Sentences, Spoken, say_number

_BREAKABLE: Final = (
    ("erwerkingsverantwoordelijke", "erwerkings\u00adverantwoordelijke"),
    ("erwerkersovereenkomst", "erwerkers\u00adovereenkomst"),
)
CATALOGUE: Final = Catalogue("service.pages.catalogue")


class Words:
    """One language. Call it with a key and its blanks: `words("say.open_until", until=…)`."""

    def __init__(self, said: Sentences) -> None:
        self.lang = said.lang
        self.said = said

    def __call__(self, key: str, **blanks: object) -> Markup:
        """The sentence with its blanks filled; what is not Markup already is escaped. A whole number called `count`
        picks the form.

        Raises KeyError for an unknown sentence or a blank that was not given.
        """
        count = blanks.get("count")
        if isinstance(count, int):
            return Markup(self.said.text(key, count)).format(**{**blanks, "count": self.number(count)})
        return Markup(self.said.text(key)).format(**blanks)

    def has(self, key: str) -> bool:
        return key in self.said

    def capital(self, text: Markup) -> Markup:
        """The same with a capital first letter."""
        return text[:1].upper() + text[1:]

    def soft(self, text: str) -> str:
        """The same with places where its longest words may break on a small screen."""
        for word, broken in _BREAKABLE:
            text = text.replace(word, broken)
        return text

    def marked(self, text: str) -> Markup:
        """A text that a terms file may have in another language than the reader's: marked with that, where it is."""
        if not isinstance(text, Spoken):
            return escape(self.soft(text))
        return Markup("").join(self._in(lang, piece) for piece, lang in text.pieces())

    def _in(self, lang: Language, text: str) -> Markup:
        plain = escape(self.soft(text))
        return plain if lang == self.lang or not text else Markup('<span lang="{}">{}</span>').format(lang, plain)

    def number(self, number: int) -> str:
        return say_number(number, self.lang)

    def mail(self, address: str) -> Markup:
        """An address that can be written to."""
        return Markup('<a href="mailto:{}">{}</a>').format(quote(address, safe="@"), address)

    def country(self, code: str | None) -> str:
        return say_country(code, self.lang) if code else ""

    def place(self, code: str | None) -> str:
        """Where somebody works, in words; `niet vermeld` where nobody has said."""
        return say_country(code, self.lang)

    def announced_place(self, text: AnnouncedText, zone: str) -> str:
        """The place that customers were told of, with the day on which it became known where that was later."""
        return say_announced_place(text.country, text.place_known_at, zone, self.lang)

    def day(self, day: date) -> Markup:
        """A day in words, as a time element."""
        return _time(day.isoformat(), say_day(day, self.lang))

    def at(self, instant: datetime, zone: str) -> Markup:
        """An instant (UTC) in words by the clocks of `zone`, as a time element with the exact instant."""
        said = moment(instant, zone, self.lang)
        words = self("page.time", day=said.day, time=said.time, place=said.place)
        return _time(_exact(instant, zone), words)

    def day_of(self, instant: datetime, zone: str) -> Markup:
        """The local day of an instant (UTC), as a time element with the exact instant."""
        return _time(_exact(instant, zone), moment(instant, zone, self.lang).day)

    def last(self, closes_at: datetime, zone: str) -> Markup:
        """The last moment of a period that ends at `closes_at` (UTC), as a time element."""
        said = last_moment(closes_at, zone, self.lang)
        key = "page.last" if said.whole_day else "page.last_time"
        words = self(key, day=said.day, time=said.time, place=said.place)
        return _time(_exact(closes_at, zone), words)


@cache
def words_in(lang: Language) -> Words:
    """The words of a language, read once a process."""
    return Words(CATALOGUE.in_language(lang))


def _time(exact: str, words: Any) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(exact, words)


def _exact(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).isoformat()
