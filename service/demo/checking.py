"""Looking whether what had to follow did follow. Instants are compared as instants, all else as it is."""

import re
from collections import Counter
from datetime import datetime
from typing import Any, Final

import msgspec

from service.demo.model import Expected, See, SeeMail, SeePage, Who
from service.demo.names import Names
from service.demo.outside import NotThere, Outside

_MISSING: Final = "(not there)"
_STEP: Final = re.compile(r"\.?([A-Za-z_][A-Za-z_0-9]*)|\[(-?[0-9]+)\]|\[([a-z_]+)=([^\]]*)\]|(#)$")


class Check(msgspec.Struct, frozen=True):
    """One thing that had to hold; `got` says what was there instead."""

    words: str
    held: bool
    got: str = ""


class Looker:
    """Checks the expectations of one processor's scene."""

    def __init__(self, outside: Outside, processor: str, domains: frozenset[str], names: Names) -> None:
        self._outside = outside
        self._processor = processor
        self._domains = domains
        self._names = names
        self._seen = 0

    async def look(self, expected: Expected) -> Check:
        """Whether it holds. Raises httpx.HTTPError where the stack is gone."""
        try:
            match expected:
                case See():
                    wrong = await self._see(expected)
                case SeeMail():
                    mail = await self._outside.latest(expected.address, expected.about)
                    wrong = _lacks(f"{mail.subject} {mail.text}", expected.contains)
                case SeePage():
                    wrong = await self._page(expected)
        except NotThere as error:
            wrong = str(error)
        return Check(expected.words, not wrong, wrong)

    async def told(self, who: str) -> Check:
        """Whether exactly these got mail since this was asked last; `who` as in `Act.told`."""
        mails = [one for one in await self._outside.mails() if one.to.partition("@")[2] in self._domains]
        new, self._seen = mails[self._seen :], len(mails)
        got = Counter(one.to.removesuffix(".example") for one in new)
        words = f"told: {_people(Counter(who.split()))}"
        if got == Counter(who.split()):
            return Check(words, True)
        subjects = "; ".join(f"{one.to}: {one.subject}" for one in new)
        return Check(words, False, f"told: {_people(got)}" + (f" ({subjects})" if new else ""))

    async def _see(self, expected: See) -> str:
        path = await self._names.text(expected.path)
        by: Who = "manager"
        shown = await self._outside.get(path, processor=self._processor, by=by)
        return differs(shown, await self._names.body(expected.wants))

    async def _page(self, expected: SeePage) -> str:
        url = (await self._outside.latest(expected.address, expected.about)).link("n")
        if url is None:
            return "the mail has no link to a notice"
        page = await self._outside.page(url)
        if page.status != expected.status:
            return f"the page answers {page.status}"
        return _lacks(page.text, expected.contains)


def differs(shown: Any, wants: dict[str, Any]) -> str:
    """Each place that shows something else than wanted; empty where all is as wanted."""
    values = {place: found(shown, place) for place in wants}
    return "; ".join(
        f"{place} is {values[place]}, not {wanted}"
        for place, wanted in wants.items()
        if not same(values[place], wanted)
    )


def found(value: Any, place: str) -> Any:
    """What stands at a place such as `rights[rule=x].closes_at`, `answers[-1].late` or `items#` (how many)."""
    rest = place
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise NotThere(f"{place} is no place")
        name, number, key, wanted, count = step.groups()
        if count:
            return len(value)
        if name is not None:
            value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
        elif number is not None:
            index = int(number)
            value = value[index] if isinstance(value, list) and -len(value) <= index < len(value) else _MISSING
        else:
            value = next((one for one in value if str(one.get(key)) == wanted), _MISSING)
        rest = rest[step.end() :]
    return value


def same(value: Any, wanted: Any) -> bool:
    """Whether two JSON values are the same, two instants whatever their offsets."""
    if isinstance(value, str) and isinstance(wanted, str) and value != wanted:
        one, other = _instant(value), _instant(wanted)
        return one is not None and one == other
    if isinstance(value, list) and isinstance(wanted, list | tuple):
        return len(value) == len(wanted) and all(same(*pair) for pair in zip(value, wanted, strict=True))
    return bool(value == wanted)


def _instant(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def _lacks(text: str, contains: tuple[str, ...]) -> str:
    flat = " ".join(text.split())
    missing = [one for one in contains if one not in flat]
    return f"it does not say {' or '.join(repr(one) for one in missing)}" if missing else ""


def _people(counted: Counter[str]) -> str:
    return ", ".join(one if number == 1 else f"{one} ×{number}" for one, number in sorted(counted.items())) or "nobody"
