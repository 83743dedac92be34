"""Spans handed over by OpenTelemetry's own library: OTLP over HTTP, to whom `OTEL_EXPORTER_OTLP_ENDPOINT` names.

`service/tracing.py` loads this where traces are asked for, and nobody else does. Spans go out from a thread of their
own and wait in a queue that is bounded: where nobody takes them they are dropped, and nothing waits or fails for it.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from db.queries import blocks
from db.spans import UNSEEN, Span, SpanKind, Value

log = logging.getLogger(__name__)

LAST_SECONDS: Final = 2.0
"""How long a process that ends waits for its last spans to be taken."""
_KINDS: Final[Mapping[SpanKind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "consumer": trace.SpanKind.CONSUMER,
}
_CONTROL: Final = ("begin", "commit", "rollback")
"""What is no block and may be named: of all else that may be said only that it was a statement."""
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class Otlp:
    """Takes spans and hands them over until `close`.

    `service` is what the process is called where its environment (`OTEL_SERVICE_NAME`) does not say.
    """

    def __init__(self, service: str) -> None:
        # What goes wrong is said once, by Noticing.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        own = Resource({SERVICE_NAME: service, SERVICE_VERSION: version("termijn")})
        # The library's own detectors would add the machine and the command line.
        self._provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(Noticing(OTLPSpanExporter())))
        self._tracer = self._provider.get_tracer("termijn", version("termijn"))
        self._names = {text: name for name, text in blocks().items()}

    @contextmanager
    def span(
        self, name: str, attributes: Mapping[str, Value], *, kind: SpanKind, begins: bool, cause: str | None, late: bool
    ) -> Iterator[Span]:
        """As `db.spans.span`. What an error says is not kept: it may be somebody's words."""
        around = _current()
        origin = _named(cause)
        context: Context | None = None
        links = []
        if origin is not None and not late:
            context = trace.set_span_in_context(trace.NonRecordingSpan(origin))
            links = [trace.Link(around)] if around is not None and around.trace_id != origin.trace_id else []
        elif around is None and not begins:
            yield UNSEEN
            return
        elif origin is not None:
            links = [trace.Link(origin)]
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=_KINDS[kind],
            attributes=dict(attributes),
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as begun:
            under_way = _UnderWay(begun)
            try:
                yield under_way
            except BaseException as error:
                under_way.fail(type(error).__name__)
                raise

    def here(self) -> str | None:
        """As `db.spans.here`."""
        now = _current()
        if now is None:
            return None
        return f"00-{trace.format_trace_id(now.trace_id)}-{trace.format_span_id(now.span_id)}-{now.trace_flags:02x}"

    def ids(self) -> dict[str, str]:
        """As `db.spans.ids`."""
        now = _current()
        if now is None:
            return {}
        return {"trace_id": trace.format_trace_id(now.trace_id), "span_id": trace.format_span_id(now.span_id)}

    def heard(self, statement: Any) -> None:
        """A statement was carried out: a span by the name of its block, without its text and what was given to it."""
        if _current() is None:
            return
        ended = time.time_ns()
        name = self._names.get(statement.query)
        if name is None:
            name = next((word for word in _CONTROL if statement.query.startswith(word)), "statement")
        span = self._tracer.start_span(
            name,
            kind=trace.SpanKind.CLIENT,
            start_time=ended - int(statement.elapsed * 1e9),
            attributes={"db.system.name": "postgresql", "db.query.summary": name},
        )
        if statement.exception is not None:
            _UnderWay(span).fail(type(statement.exception).__name__)
        span.end(ended)

    def flush(self, seconds: float) -> None:
        """Hand over what waits."""
        self._provider.force_flush(int(seconds * 1000))

    def close(self) -> None:
        """Hand over what waits, for LAST_SECONDS at most, and take no more."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_SECONDS)


class _UnderWay:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, attributes: Mapping[str, Value]) -> None:
        self._span.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, why: str) -> None:
        self._span.set_attribute("error.type", why)
        self._span.set_status(trace.StatusCode.ERROR)


class Noticing(SpanExporter):
    """Says once that spans are not taken, and once that they are again."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._inner.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        failing = result is not SpanExportResult.SUCCESS
        if failing and not self._failing:
            log.warning("traces are not taken where OTEL_EXPORTER_OTLP_ENDPOINT says; they are dropped until they are")
        elif self._failing and not failing:
            log.info("traces are taken again")
        self._failing = failing
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def _current() -> trace.SpanContext | None:
    now = trace.get_current_span().get_span_context()
    return now if now.is_valid else None


def _named(cause: str | None) -> trace.SpanContext | None:
    if cause is None:
        return None
    found = _PROPAGATOR.extract({"traceparent": cause}, Context())
    named = trace.get_current_span(found).get_span_context()
    return named if named.is_valid else None
