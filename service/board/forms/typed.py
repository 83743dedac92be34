"""What stands in the inputs of a form, by the names that they have: the paths of the JSON body. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

_ROW: Final = re.compile(r"\[(\d{1,4})\]")

MOST_ROWS: Final = 200
BESIDE: Final = "~"
"""Between the name of an input and what stands beside it: the unit of a length of time, `renews~unit`, or `find`."""

_OF_TEXTS: Final = (f"{BESIDE}unit", f"{BESIDE}which")
_SEARCH: Final = f"{BESIDE}find"


class Typed(msgspec.Struct, frozen=True):
    """Texts by the name of their input: `contacts[0].email`. Several of one name are what was ticked or chosen."""

    texts: Mapping[str, tuple[str, ...]] = {}

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Typed":
        """From the pairs of a posted form, in their order; blanks are nothing, and so is a unit of nothing."""
        found: dict[str, tuple[str, ...]] = {}
        for name, text in pairs:
            if text.strip():
                found[name] = (*found.get(name, ()), text.strip())
        alone = [name for name in found if name.endswith(_OF_TEXTS) and name.partition(BESIDE)[0] not in found]
        return cls({name: texts for name, texts in found.items() if name not in alone})

    def one(self, path: str) -> str:
        """The text of an input, empty where nothing stands there."""
        return next(iter(self.texts.get(path, ())), "")

    def all(self, path: str) -> tuple[str, ...]:
        """Everything of one name."""
        return self.texts.get(path, ())

    def below(self, path: str) -> dict[str, tuple[str, ...]]:
        """What stands in an input and in those inside it, by the rest of their names."""
        starts = (f"{path}.", f"{path}[", f"{path}{BESIDE}")
        return {
            name[len(path) :]: texts
            for name, texts in self.texts.items()
            if (name == path or name.startswith(starts)) and not name.endswith(_SEARCH)
        }

    def rows(self, path: str) -> list[int]:
        """Which rows of several have anything in them, in order."""
        places = (_ROW.match(rest) for rest in self.below(path))
        return sorted({int(place[1]) for place in places if place is not None})

    def __or__(self, other: "Typed") -> "Typed":
        return Typed({**self.texts, **other.texts})

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every text with the name of its input."""
        return ((name, text) for name, texts in self.texts.items() for text in texts)

    def closed_up(self, path: str, passing: Iterable[str] = ()) -> "Typed":
        """The same with the rows of several numbered from 0, without those in which nothing stands but `passing`."""
        kept = [row for row in self.rows(path) if self._fills(f"{path}[{row}]", frozenset(passing))][:MOST_ROWS]
        moved = {f"{path}[{row}]": f"{path}[{place}]" for place, row in enumerate(kept)}
        found: dict[str, tuple[str, ...]] = {}
        for name, texts in self.texts.items():
            place = _ROW.match(name, len(path)) if name.startswith(path) else None
            if place is None:
                found[name] = texts
            elif (row := f"{path}[{int(place[1])}]") in moved:
                found[moved[row] + name[place.end() :]] = texts
        return Typed(found)

    def _fills(self, path: str, passing: frozenset[str]) -> bool:
        return any(rest.removeprefix(".") not in passing for rest in self.below(path))
