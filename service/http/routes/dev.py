"""What the mail sink holds: for a program below the API, for a person at `/dev/mailbox`."""

import asyncio
import threading
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response, get
from litestar.connection import ASGIConnection, Request
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath

from service.http.hosts import host_of, is_loopback
from service.http.lists import Page, limit_of, text
from service.http.request_context import RequestContext
from service.http.services import parts_of
from service.up.sink import SinkMessage, read_raw, read_sink
from workflows.errors import NotFound

TAGS: Final = ["dev"]
ADMIN: Final = {"role": "admin", "tenant": False}
PUBLIC: Final = {"public": True}
"""A person's browser has no key to send; there is a mailbox only where there is a mail sink, and for this machine."""
SHOWN: Final = 200
"""Messages on the mailbox page."""

# A message may style itself and nothing else; its links open beside it.
_SANDBOX: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_PAGE: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_pages = Environment(loader=PackageLoader("service.http", "templates"), autoescape=True, undefined=StrictUndefined)
_reading = threading.Lock()
_ASKED: Final = {"to": text, "subject": text, "limit": limit_of, "cursor": text}


def at_this_machine(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of the mailbox. Raises NotFound for whoever comes by another name than this machine's own."""
    del handler
    if not is_loopback(host_of(connection.scope)):
        raise _no_sink()


@get("/dev/messages", opt=ADMIN | {"query": _ASKED}, tags=TAGS)
async def list_messages(call: NamedDependency[RequestContext]) -> Response[Page[SinkMessage]]:
    """Messages that the mail sink has kept, oldest first; all of them where no `limit` is given."""
    asked = call.asked
    found = await _kept(call.parts.settings.mail_sink, asked.get("to"), asked.get("subject"))
    of = msgspec.json.encode(["messages", asked.get("to"), asked.get("subject")]).decode()
    if "cursor" in asked:
        (last,) = call.parts.cursors.read(of, asked["cursor"])
        found = [one for one in found if int(one.identifier) > int(last)]
    limit: int = asked.get("limit", len(found))
    more = call.parts.cursors.write(of, [found[limit - 1].identifier]) if len(found) > limit else None
    return call.shown({"items": found[:limit], "next": more})


@get("/dev/messages/{id:str}/raw", opt=ADMIN, tags=TAGS, media_type="message/rfc822")
async def read_message_raw(call: NamedDependency[RequestContext], id: FromPath[str]) -> Response[bytes]:
    """One message, byte for byte as it was sent."""
    raw = await _raw(call.parts.settings.mail_sink, id)
    return Response(raw, headers={"Content-Type": "message/rfc822"})


@get("/dev/mailbox", opt=PUBLIC, guards=[at_this_machine], include_in_schema=False)
async def mailbox(request: Request[Any, Any, Any]) -> Response[str]:
    """The newest messages, to be read by a person."""
    found = await _kept(parts_of(request).settings.mail_sink)
    newest = list(reversed(found[-SHOWN:]))
    return _page("mailbox.html", messages=newest, total=len(found))


@get("/dev/mailbox/{id:str}", opt=PUBLIC, guards=[at_this_machine], include_in_schema=False)
async def mailbox_message(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[str]:
    """One message with its text, its links and, set apart, its HTML."""
    return _page("message.html", message=await _message(request, id))


@get("/dev/mailbox/{id:str}/html", opt=PUBLIC, guards=[at_this_machine], include_in_schema=False)
async def mailbox_html(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[str]:
    """A message's HTML alone, in a sandbox."""
    headers = {"Content-Security-Policy": _SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return Response((await _message(request, id)).html or "", media_type="text/html", headers=headers)


@get("/dev/mailbox/{id:str}/raw", opt=PUBLIC, guards=[at_this_machine], include_in_schema=False)
async def mailbox_raw(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[bytes]:
    """A message's bytes, to look at."""
    raw = await _raw(parts_of(request).settings.mail_sink, id)
    return Response(raw, headers={"Content-Type": "text/plain; charset=utf-8"})


def _page(name: str, **values: Any) -> Response[str]:
    shown = _pages.get_template(name).render(values)
    return Response(shown, media_type="text/html", headers={"Content-Security-Policy": _PAGE})


async def _kept(sink: Path | None, to: str | None = None, subject: str | None = None) -> list[SinkMessage]:
    if sink is None:
        raise _no_sink()

    def read(folder: Path) -> list[SinkMessage]:
        with _reading:  # the sink's reader remembers what it has parsed
            return read_sink(folder, to, subject)

    return await asyncio.to_thread(read, sink)


async def _message(request: Request[Any, Any, Any], id: str) -> SinkMessage:
    found = [one for one in await _kept(parts_of(request).settings.mail_sink) if one.identifier == id]
    if not found:
        raise _no_message()
    return found[0]


async def _raw(sink: Path | None, id: str) -> bytes:
    if sink is None:
        raise _no_sink()
    raw = await asyncio.to_thread(read_raw, sink, id)
    if raw is None:
        raise _no_message()
    return raw


def _no_sink() -> NotFound:
    return NotFound("There is no mail sink here: mail goes to its recipients.")


def _no_message() -> NotFound:
    return NotFound("There is no such message; look at the mailbox for its number.")


ROUTES: Final = (list_messages, read_message_raw)
PAGES: Final = (mailbox, mailbox_message, mailbox_html, mailbox_raw)
