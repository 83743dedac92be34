"""Spans of a trace: what a request, a command, a statement or a mail took, and what it came from.

Nobody collects them unless `collect` was called, as `service/tracing.py` does where a setting asks for it; until then a
span costs a call. A span says names and ids, as logs do: never what somebody wrote, an address, a token, or a value
that was given to a statement.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Literal, Protocol

import asyncpg

Value = str | int | float | bool
SpanKind = Literal["internal", "server", "client", "consumer"]


class Span(Protocol):
    """What is under way."""

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Add what is known of it by now."""

    def rename(self, name: str) -> None:
        """Call it something else: what it is was not known when it began."""

    def fail(self, why: str) -> None:
        """It did not succeed; `why` is a kind of error, never what the error says."""


class Collector(Protocol):
    """Who takes spans, and hands them on."""

    def span(
        self, name: str, attributes: Mapping[str, Value], *, kind: SpanKind, begins: bool, cause: str | None, late: bool
    ) -> AbstractContextManager[Span]:
        """As `span`."""

    def here(self) -> str | None:
        """As `here`."""

    def ids(self) -> dict[str, str]:
        """As `ids`."""

    def heard(self, statement: Any) -> None:
        """A statement was carried out: what asyncpg says of it."""


class _Unseen:
    """A span that nobody collects."""

    def note(self, attributes: Mapping[str, Value]) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, why: str) -> None:
        pass


UNSEEN: Final[Span] = _Unseen()
"""What nobody collects."""
_NOT_COLLECTED: Final = nullcontext(UNSEEN)
_NONE: Final[Mapping[str, Value]] = {}
_collectors: Final[list[Collector]] = []


def collect(collector: Collector | None) -> None:
    """From now on spans go there; with None to nobody."""
    _collectors[:] = [] if collector is None else [collector]


def span(
    name: str,
    attributes: Mapping[str, Value] = _NONE,
    *,
    kind: SpanKind = "internal",
    begins: bool = False,
    cause: str | None = None,
    late: bool = False,
) -> AbstractContextManager[Span]:
    """What is done meanwhile, as a part of what is under way; where nothing is, nobody hears of it unless it `begins`
    something.

    `cause` is what it came from, as `here` said it: it then belongs to the same trace, with a link to what is under
    way. What comes `late` stays in the trace in which it is done, with a link to its cause.
    """
    if not _collectors:
        return _NOT_COLLECTED
    return _collectors[0].span(name, attributes, kind=kind, begins=begins, cause=cause, late=late)


def here() -> str | None:
    """What is under way, for what comes of it elsewhere: a `traceparent` of W3C Trace Context, None without a trace."""
    return _collectors[0].here() if _collectors else None


def ids() -> dict[str, str]:
    """What is under way, for a line of the log: `trace_id` and `span_id`, or nothing."""
    return _collectors[0].ids() if _collectors else {}


async def listen(connection: asyncpg.Connection) -> None:
    """Of a new connection of a pool: its statements are spans, where somebody collects them."""
    if _collectors:
        connection.add_query_logger(_collectors[0].heard)
