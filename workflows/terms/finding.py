"""What the checks of a terms file share: each finding is a key and the remedy. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from workflows.errors import BadInput
from workflows.time import parse_period

Found = Iterator[tuple[str, str]]
"""The key, and the remedy."""


def period_problems(text: str, path: str, *, waits: bool = False) -> Found:
    """What is wrong with a period; `waits`: nothing is due when it ends, so that nothing could be due at once."""
    try:
        length = parse_period(text)
    except BadInput as error:
        yield path, error.detail.rstrip(".")
        return
    if length.count == 0 and waits:
        yield path, f"{text} is no time at all: leave it out where there is none"
    elif length.count == 0:
        yield path, f"{text} is no time at all: write immediately = true for what is due at once"


def unique(path: str, names: Iterable[str]) -> Found:
    """What stands there more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            yield path, f"has {name!r} {times} times: keep one"
