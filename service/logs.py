"""Logs of a process: what happened, to which id; never a token, an address or what somebody wrote.

As lines for people, or as one JSON object a line for programs (`TERMIJN_LOGS=json`): whatever was bound while it was
written down, such as the request and the subject, stands in it by its name.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars
from structlog.typing import EventDict, WrappedLogger

from db import spans
from service.settings import LogForm

QUIET = ("transitions", "arq", "asyncio", "httpx", "aiosmtplib")
"""Libraries that tell of every step, with what it carried."""
_LINES: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def configure(form: LogForm = "lines") -> None:
    """Log to standard error, a line each."""
    # No line says where in the program it was written, by which thread or process; finding that out is a good part of
    # what a line costs, and is left out as the library's documentation has it.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(as_json() if form == "json" else Lines(_LINES))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def as_json() -> logging.Formatter:
    """What makes a JSON object of each record: `at`, `level`, `logger`, `message`, what is bound, what came along."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            _traced,
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ],
    )


class Lines(logging.Formatter):
    """Lines for people, each with its trace at the end where traces are collected."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return " ".join([super().formatMessage(record), *(f"{name}={one}" for name, one in spans.ids().items())])


def _traced(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Names the span in which it was written down."""
    event.update(spans.ids())
    return event


@contextmanager
def within(**names: str) -> Iterator[None]:
    """Whatever is logged meanwhile is about these."""
    with bound_contextvars(**names):
        yield


def about(**names: str) -> None:
    """Whatever else is logged of this request is about these."""
    bind_contextvars(**names)
