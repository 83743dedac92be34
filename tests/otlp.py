"""Somebody who collects traces: takes OTLP over HTTP on loopback, as OpenTelemetry's own collector does."""

import contextlib
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Taken(NamedTuple):
    """A span that was handed over."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    links: list[str]
    """The traces of what it is linked with."""
    wrong: bool
    began: int
    took: float
    """Milliseconds."""


class Gatherer:
    """What was handed over so far; `url` says where."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        requests = self.requests

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Taking

    def spans(self) -> list[Taken]:
        return [
            Taken(
                service=next(one.value.string_value for one in of.resource.attributes if one.key == "service.name"),
                name=span.name,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                attributes={one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes},
                links=[one.trace_id.hex() for one in span.links],
                wrong=span.status.code == span.status.STATUS_CODE_ERROR,
                began=span.start_time_unix_nano,
                took=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
            )
            for request in list(self.requests)
            for of in request.resource_spans
            for scope in of.scope_spans
            for span in scope.spans
        ]

    def everything(self) -> str:
        """All that was handed over but for the bytes of ids, as text."""
        said = []
        for request in list(self.requests):
            copy = ExportTraceServiceRequest()
            copy.CopyFrom(request)
            for span in (span for of in copy.resource_spans for scope in of.scope_spans for span in scope.spans):
                for one in (span, *span.links):
                    one.trace_id = one.span_id = b""
                span.parent_span_id = b""
            said.append(str(copy))
        return "\n".join(said)


def tree(found: list[Taken], trace: str) -> Iterator[str]:
    """A trace as lines, each span under what it is a part of."""

    def below(parent: str, depth: int) -> Iterator[str]:
        for one in sorted((span for span in ours if span.parent == parent), key=lambda span: span.began):
            yield f"{'  ' * depth + one.name:<50} {one.service:<16} {one.took:8.1f} ms"
            yield from below(one.id, depth + 1)

    ours = [one for one in found if one.trace == trace]
    yield from below("", 0)


@contextlib.contextmanager
def gathering() -> Iterator[Gatherer]:
    made = Gatherer()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
