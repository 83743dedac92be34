"""What is otherwise on a list than at the look before: changes that are announced anew, and all else. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

import msgspec

from workflows.model.public_list import Announced, SubprocessorInUse
from workflows.names import name_key
from workflows.watch.listed import FeedEntry, Listed

MOST_LINES: Final = 60
"""Lines of a page's difference that are told; the rest is counted."""

MOST_IN_ORDER: Final = 1_500
"""Lines of both pages together that are compared in their order, which takes the square of them; of more it is told
which came and which went."""

What = Literal["added", "removed", "changed", "began", "withdrawn"]


class ListDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: of whom or what, and for a change in which field, from and to what."""

    what: What
    name: str
    field: str = ""
    old: str = ""
    new: str = ""


class ListDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """`fresh`: changes that are announced anew; `more`: everything else; `left`: lines of a page beyond those told."""

    fresh: tuple[Announced, ...] = ()
    more: tuple[ListDifference, ...] = ()
    left: int = 0

    @property
    def count(self) -> int:
        return len(self.fresh) + len(self.more) + self.left


def compare(old: Listed | None, new: Listed) -> ListDifferences:
    """Lay what stands there now beside what stood there; at the first look, what is announced is new."""
    if old is None:
        return ListDifferences(fresh=new.announced)
    match new.form:
        case "json":
            return _of_lists(old, new)
        case "atom":
            return ListDifferences(more=tuple(_of_feeds(old.entries, new.entries)))
        case "page":
            more = tuple(_of_pages(old.lines, new.lines))
            return ListDifferences(more=more[:MOST_LINES], left=max(0, len(more) - MOST_LINES))


def _of_lists(old: Listed, new: Listed) -> ListDifferences:
    was, now = {one.id: one for one in old.announced}, {one.id: one for one in new.announced}
    before, after = _together(old.in_use), _together(new.in_use)
    told = {key for one in (*was.values(), *now.values()) for key in _keys(one)}
    more: list[ListDifference] = []
    for id, one in was.items():
        if id in now:
            more += _fields(one.name, _announced(one), _announced(now[id]))
        else:
            works = any(key in after for key in _keys(one)[:2])
            through = not works if one.kind == "remove" else works
            more.append(ListDifference(what="began" if through else "withdrawn", name=one.name))
    for key, use in after.items():
        if key in before:
            more += _fields(use["name"], before[key], use)
        elif key not in told:
            more.append(ListDifference(what="added", name=use["name"], new=_in_short(use)))
    for key, use in before.items():
        if key not in after and key not in told:
            more.append(ListDifference(what="removed", name=use["name"], old=_in_short(use)))
    return ListDifferences(fresh=tuple(one for id, one in now.items() if id not in was), more=tuple(more))


def _keys(one: Announced) -> list[str]:
    """By what the subprocessor of a change may be known in the list of those in use; first the new one's."""
    new = [str(one.subprocessor_id or ""), name_key(one.name)]
    return [*new, str(one.replaces_id or ""), name_key(one.replaces or "")]


def _together(in_use: Sequence[SubprocessorInUse]) -> dict[str, dict[str, str]]:
    """Each subprocessor with all its places, by its id where there is one, else by its name."""
    found: dict[str, list[SubprocessorInUse]] = {}
    for one in in_use:
        found.setdefault(str(one.id) if one.id is not None else name_key(one.name), []).append(one)
    return {
        key: {
            "name": several[0].name,
            "service": several[0].service,
            "country": ", ".join(sorted({one.country for one in several if one.country is not None})),
            "address": several[0].address or "",
            "transfer_basis": several[0].transfer_basis or "",
            "until": ", ".join(sorted({one.until.isoformat() for one in several if one.until is not None})),
        }
        for key, several in found.items()
    }


def _announced(one: Announced) -> dict[str, str]:
    return {
        "name": one.name,
        "service": one.service,
        "country": one.country or "",
        "address": one.address or "",
        "transfer_basis": one.transfer_basis or "",
        "replaces": one.replaces or "",
        "effective_on": one.effective_on.isoformat() if one.effective_on is not None else "",
    }


def _fields(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ListDifference]:
    for field, value in new.items():
        if old.get(field, "") != value:
            yield ListDifference(what="changed", name=name, field=field, old=old.get(field, ""), new=value)


def _in_short(one: Mapping[str, str]) -> str:
    return ", ".join(part for part in (one["service"], one["country"]) if part)


def _of_feeds(old: Sequence[FeedEntry], new: Sequence[FeedEntry]) -> Iterator[ListDifference]:
    """Entries that go are none: a feed shows the newest."""
    was = {one.id: one for one in old}
    for one in new:
        before = was.get(one.id)
        if before is None:
            yield ListDifference(what="added", name=one.title, new=one.text)
        elif (before.title, before.text) != (one.title, one.text):
            yield ListDifference(what="changed", name=one.title, field="text", old=before.text, new=one.text)


def _of_pages(old: Sequence[str], new: Sequence[str]) -> Iterator[ListDifference]:
    if len(old) + len(new) > MOST_IN_ORDER:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        yield from (ListDifference(what="removed", name="", old=one) for one in gone.elements())
        yield from (ListDifference(what="added", name="", new=one) for one in come.elements())
        return
    for how, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if how == "equal":
            continue
        yield from (ListDifference(what="removed", name="", old=one) for one in old[a:b])
        yield from (ListDifference(what="added", name="", new=one) for one in new[c:d])
