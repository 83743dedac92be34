"""The sentences of the pages, from `catalogue/*.toml`: filled, escaped and safe to put in HTML."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final, get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from service.wording import last_moment, moment, say_announced_place, say_country, say_day
from workflows.model.change import AnnouncedText
from workflows.words import Language

_BREAKABLE: Final = (
    ("erwerkingsverantwoordelijke", "erwerkings\u00adverantwoordelijke"),
    ("erwerkersovereenkomst", "erwerkers\u00adovereenkomst"),
)
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class Words:
    """One language. Call it with a key and its blanks: `words("say.open_until", until=…)`."""

    def __init__(self, lang: Language, sentences: dict[str, str]) -> None:
        self.lang = lang
        self.sentences = sentences

    def __call__(self, key: str, **blanks: object) -> Markup:
        """The sentence with its blanks filled; what is not Markup already is escaped.

        Raises KeyError for an unknown sentence or a blank that was not given.
        """
        return Markup(self.sentences[key]).format(**blanks)

    def has(self, key: str) -> bool:
        return key in self.sentences

    def capital(self, text: Markup) -> Markup:
        """The same with a capital first letter."""
        return text[:1].upper() + text[1:]

    def soft(self, text: str) -> str:
        """The same with places where its longest words may break on a small screen."""
        for word, broken in _BREAKABLE:
            text = text.replace(word, broken)
        return text

    def number(self, number: int) -> str:
        return f"{number:,}" if self.lang == "en" else f"{number:,}".replace(",", ".")

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
    return Words(lang, _read(lang))


def check_catalogue() -> None:
    """Raises ValueError where the languages do not have the same sentences with the same blanks."""
    first, *others = LANGUAGES
    wanted = {key: _blanks(text) for key, text in _read(first).items()}
    for lang in others:
        found = {key: _blanks(text) for key, text in _read(lang).items()}
        differing = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))
        if differing:
            raise ValueError(f"the sentences of {first} and {lang} differ in {', '.join(differing)}")


def _read(lang: Language) -> dict[str, str]:
    raw = files("service.pages.catalogue").joinpath(f"{lang}.toml").read_bytes()
    groups = msgspec.toml.decode(raw, type=dict[str, dict[str, str]])
    return {f"{group}.{key}": text for group, keys in groups.items() for key, text in keys.items()}


def _blanks(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _time(exact: str, words: Any) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(exact, words)


def _exact(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).isoformat()
