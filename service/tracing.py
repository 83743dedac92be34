"""Traces, where a setting asks for them: what then collects spans is loaded, and let go at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from db import spans
from service.settings import Settings


@contextmanager
def collected(settings: Settings, service: str) -> Iterator[None]:
    """Spans of this process go where the settings say; nowhere, and at no cost, where they say nothing.

    `service` is the process's name among others.
    """
    if not settings.traces:
        yield
        return
    # It takes a third of a second to load, which nobody waits for who has no use for it.
    collector = import_module("service.otlp").Otlp(service)
    spans.collect(collector)
    try:
        yield
    finally:
        spans.collect(None)
        collector.close()
