"""A processor's public list: a page for people, and for programs JSON by a published schema and an Atom feed."""

import hashlib
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import Request
from litestar.params import FromPath

from service.http.conditional import none_match
from service.http.services import parts_of
from service.pages.read import PublicPage, read_public
from service.pages.render import HEADERS, feed, page, plain
from service.pages.words import words_in
from workflows.model.public_list import FORMAT, SCHEMA_PATH, PublicList, Publisher, list_schema
from workflows.time import local_time
from workflows.words import LANGUAGES


@get("/s/{slug:str}")
async def show_public(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """Who works for a processor, and what is announced."""
    found = await _read(request, slug)
    if found is None:
        return plain(request, "not_found", 404)
    asked = request.query_params.get("lang")
    lang = next((one for one in LANGUAGES if one == asked), found.processor.language)
    others = [words_in(one) for one in LANGUAGES]
    return page("public.html", words_in(lang), public=found, zone=found.processor.timezone, languages=others)


@get("/s/{slug:str}/subprocessors.json")
async def public_json(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """The public page as data."""
    found = await _read(request, slug)
    if found is None:
        return plain(request, "not_found", 404)
    body = PublicList(
        schema=parts_of(request).settings.base_url + SCHEMA_PATH,
        processor=Publisher(name=found.processor.name, slug=found.processor.slug),
        in_use=found.in_use,
        announced=found.announced,
    )
    return _unless_known(request, msgspec.json.encode(body), "application/json")


@get("/s/{slug:str}/feed.xml")
async def public_feed(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """What is announced, as an Atom feed."""
    found = await _read(request, slug)
    if found is None:
        return plain(request, "not_found", 404)
    w = words_in(found.processor.language)
    base = parts_of(request).settings.base_url
    zone = found.processor.timezone
    text = feed(
        w,
        public=found,
        url=f"{base}/s/{found.processor.slug}",
        updated=_stamp(max((one.announced_at for one in found.announced), default=found.since), zone),
        local=lambda at: _stamp(at, zone),
        zone=zone,
        format=FORMAT,
    )
    return _unless_known(request, text.encode(), "application/atom+xml; charset=utf-8")


@get(SCHEMA_PATH)
async def public_schema(request: Request[Any, Any, Any]) -> Response[Any]:
    """The JSON Schema of `subprocessors.json`."""
    return _unless_known(request, _schema(), "application/schema+json")


async def _read(request: Request[Any, Any, Any], slug: str) -> PublicPage | None:
    """It may be a little old: who changes it waits days for what follows."""
    return await parts_of(request).old_reads.read(lambda pool: read_public(pool, slug))


@cache
def _schema() -> bytes:
    return list_schema()


def _unless_known(request: Request[Any, Any, Any], body: bytes, kind: str) -> Response[bytes]:
    """The answer to whoever has another one or none: those who follow a list ask for it again and again."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**HEADERS, "Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache", "ETag": tag}
    if not none_match(request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": kind})


def _stamp(at: datetime, zone: str) -> str:
    """An instant (RFC 3339) on the processor's own clocks: readers show the day that stands there."""
    return local_time(at, zone).isoformat()
