"""Processors and their keys: an admin's."""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from db.session import Connection
from service.foresight.told import ActionForeseen, RecordForeseen
from service.http import value_checks
from service.http.decode import LONGEST_NAME, Name, bad
from service.http.idempotency import StoredAnswer
from service.http.joining_shown import JoiningShown, joining_shown
from service.http.lists import BY_ID, Listing, Page, text, tried_out
from service.http.request_context import ReadUnit, RequestContext, WriteUnit
from service.keys import digest, hint, new_key
from workflows.engine.engine import Moved, New
from workflows.engine.reminder_plan import read_reminders
from workflows.errors import Conflict, NotFound
from workflows.ids import new_id
from workflows.intake.addresses import target_of
from workflows.intake.checks import Checks, postal_address
from workflows.intake.face import check_colour, png_of
from workflows.intake.joining import JoiningIn, checked_joining
from workflows.model.parties import ChatKind, ChatNoted, Processor, ProcessorUpdate
from workflows.model.reminders import DEFAULTS, MOST_STEPS, Reminders, step_problem
from workflows.names import DIRECTING, FORMED, UNSEEN
from workflows.unicode import normalise
from workflows.words import Language

ADMIN: Final = {"role": "admin", "tenant": False}
TAGS: Final = ["processors"]
_SLUG_LENGTH: Final = 60
_MADE: Final = ("reminders", "joining", "chat", "logo")
"""What is shown otherwise than it is stored."""
_PLAIN: Final = rf"^(?=.*\w)(?:{FORMED}|[^\x00-\x1f\x7f-\x9f{UNSEEN}{DIRECTING}])+$(?!\n)"
PlainName = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME, pattern=_PLAIN)]
"""A name that shows as it is: with a letter or a digit, and nothing invisible or that turns its direction."""
Slug = Annotated[str, msgspec.Meta(max_length=_SLUG_LENGTH, pattern="^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)")]


class ProcessorIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A processor to be. `terms` is its default terms id; `slug` is made of the name where absent."""

    name: PlainName
    country: str
    timezone: str
    language: Language
    terms: Name
    slug: Slug | None = None
    reply_to: str | None = None
    notice_time: str = "P30D"
    retention: str = "P2Y"
    public: bool = False
    breach_target: str = "PT24H"
    reminders: Reminders | None = None
    address: str | None = None


class ChatIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming webhook of Slack or Teams. Whoever has its URL can post there, so it is not shown again."""

    kind: ChatKind
    url: str


class ChatShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a processor's people are told together, and whether posts are taken there."""

    kind: ChatKind
    host: str
    set_at: datetime
    failing_since: datetime | None
    words: str
    undelivered: int


class LogoIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture: a PNG of at most 40 KiB and 2,000 pixels either way, in base64."""

    png: str


class LogoShown(msgspec.Struct, frozen=True, kw_only=True):
    """The picture above the pages: its digest, and its address at this service."""

    sha256: str
    path: str


class ProcessorPatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change; what is absent stays. The slug stands in public addresses, so it stays."""

    name: PlainName | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    terms: Name | msgspec.UnsetType = msgspec.UNSET
    reply_to: str | msgspec.UnsetType | None = msgspec.UNSET
    notice_time: str | msgspec.UnsetType = msgspec.UNSET
    retention: str | msgspec.UnsetType = msgspec.UNSET
    public: bool | msgspec.UnsetType = msgspec.UNSET
    breach_target: str | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    """Where it has its post: letters name it for answers; null: they offer none by post."""
    display_name: PlainName | msgspec.UnsetType | None = msgspec.UNSET
    """What it is called above its pages and mails; null: by its name."""
    colour: str | msgspec.UnsetType | None = msgspec.UNSET
    """Of links and buttons, such as `#0b5d66`; a darker or lighter one is taken where text would be hard to read."""
    logo: LogoIn | msgspec.UnsetType | None = msgspec.UNSET
    """Above its pages; null: none."""
    reminders: Reminders | msgspec.UnsetType | None = msgspec.UNSET
    """All of them; a list that is absent, and null, go back to the defaults."""
    joining: JoiningIn | msgspec.UnsetType | None = msgspec.UNSET
    """The page on which strangers become customers; null: there is none."""
    chat: ChatIn | msgspec.UnsetType | None = msgspec.UNSET
    """Where its people are told together; null: nowhere."""


class ProcessorShown(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    slug: str
    country: str
    timezone: str
    language: Language
    terms: str
    reply_to: str | None
    notice_time: str
    retention: str
    public: bool
    breach_target: str
    address: str | None
    display_name: str | None
    colour: str | None
    logo: LogoShown | None
    reminders: Reminders
    joining: JoiningShown | None
    chat: ChatShown | None
    version: int


class KeyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be. One of the role `admin` belongs to no processor, whichever it was asked of."""

    name: PlainName
    role: Literal["admin", "director", "manager", "auditor"]


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """What may be seen of a key; times UTC."""

    id: UUID
    name: str
    role: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewKeyShown(KeyShown, frozen=True, kw_only=True):
    """A key that has just been made: the one time that it is shown."""

    key: str | None
    """The key itself; null in the answer to a request that is repeated."""
    detail: str | msgspec.UnsetType = msgspec.UNSET
    """Why it is null."""


PROCESSORS: Final = Listing(
    block="list_processors", order=BY_ID, filters={"slug": text, "country": text, "terms": text}
)
KEYS: Final = Listing(block="list_keys", order=BY_ID)


@get("/processors", opt=ADMIN | {"query": PROCESSORS.query}, tags=TAGS)
async def list_processors(call: NamedDependency[RequestContext]) -> Response[Page[ProcessorShown]]:
    """Every processor, oldest first."""
    return await call.page(PROCESSORS, _shown)


@get("/processors/{id:uuid}", opt=ADMIN | {"cached": True}, tags=TAGS)
async def read_processor(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[ProcessorShown]:
    """One processor."""
    async with call.reading() as unit:
        found = await _read(unit, id)
    return call.shown(found, version=found.version)


@post("/processors", opt=ADMIN | tried_out(ActionForeseen), tags=TAGS)
async def create_processor(
    call: NamedDependency[RequestContext], data: JSONBody[ProcessorIn]
) -> Response[ProcessorShown]:
    """A new processor, with nothing in it yet."""
    _check(data)
    address = _address(data.address)
    id = new_id()

    async def work(unit: WriteUnit) -> StoredAnswer:
        await _known_terms(unit.connection, None, data.terms)
        slug = await _free_slug(unit.connection, data)
        values = {**msgspec.structs.asdict(data), "slug": slug, "address": address}
        entity = Processor(id=id, processor_id=id, **values)
        (moved,) = await unit.create(New(kind="processor", entity=entity))
        found = await _read(unit, id)
        return StoredAnswer(body=found, status=201, version=moved.version, location=f"/api/v1/processors/{id}")

    return await call.write(work, also=[id])


@patch("/processors/{id:uuid}", opt=ADMIN | {"versioned": True} | tried_out(ActionForeseen), tags=TAGS)
async def change_processor(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[ProcessorPatchIn]
) -> Response[ProcessorShown]:
    """Change what is given; what is absent stays."""
    _check(data)
    address = data.address if data.address is msgspec.UNSET else _address(data.address)
    host = await _chat_host(call, data.chat)
    png = png_of("logo.png", data.logo.png) if isinstance(data.logo, LogoIn) else data.logo

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.hold("processor", id)
        if isinstance(data.terms, str):
            await _known_terms(unit.connection, id, data.terms)
        given = msgspec.structs.asdict(data)
        chat = given.pop("chat")
        if isinstance(data.joining, JoiningIn):
            given["joining"] = await checked_joining(unit.connection, unit.engine, id, data.joining)
        given["address"] = address
        if png is not msgspec.UNSET:
            given["logo"] = await _set_logo(unit, id, png)
        moved = await unit.run(id, "update", ProcessorUpdate(**given), requested=False)
        if chat is not msgspec.UNSET:
            moved = await _set_chat(unit, id, chat, host)
        if data.reminders is not msgspec.UNSET:
            await unit.connection.execute(sql("remind_anew"), [id])
        found = await _read(unit, id)
        return StoredAnswer(body=found, version=moved.version)

    return await call.write(work)


@get("/processors/{id:uuid}/keys", opt=ADMIN | {"query": KEYS.query}, tags=TAGS)
async def list_keys(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[KeyShown]]:
    """The keys of a processor and those of admins, revoked ones too; never the keys themselves."""
    _known(call, id)
    return await call.page(KEYS, lambda row: KeyShown(**dict(row)), id)


@post("/processors/{id:uuid}/keys", opt=ADMIN | tried_out(RecordForeseen), tags=TAGS)
async def create_key(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[KeyIn]
) -> Response[NewKeyShown]:
    """A new key. It is shown in this answer and never again; for a rotation two may be alive."""
    _known(call, id)

    async def work(unit: WriteUnit) -> StoredAnswer:
        key = new_key()
        made = NewKeyShown(id=new_id(), name=data.name, role=data.role, hint=hint(key), created_at=unit.now, key=key)
        owner = None if data.role == "admin" else id
        await unit.connection.execute(
            sql("insert_key"), made.id, owner, made.name, made.role, digest(key), made.hint, unit.now
        )
        return StoredAnswer(body=made, status=201, once=("key",), location=f"/api/v1/processors/{id}/keys/{made.id}")

    return await call.write(work)


@delete("/processors/{id:uuid}/keys/{key_id:uuid}", opt=ADMIN | tried_out(RecordForeseen), tags=TAGS)
async def revoke_key(call: NamedDependency[RequestContext], id: FromPath[UUID], key_id: FromPath[UUID]) -> None:
    """Revoke a key: from the next request on it opens nothing."""
    _known(call, id)

    async def work(unit: WriteUnit) -> StoredAnswer:
        revoked = await unit.connection.fetchval(sql("revoke_key"), unit.processors, id, key_id, unit.now)
        if revoked is None:
            raise NotFound("There is no such key; look at the processor's keys for its id.")
        return StoredAnswer(status=204)

    return await call.write(work)  # type: ignore[return-value]  # 204 has no body to document


def _shown(row: Any) -> ProcessorShown:
    plain = {name: row[name] for name in ProcessorShown.__struct_fields__ if name not in _MADE}
    logo = LogoShown(sha256=row["logo"], path=f"/assets/logo-{row['logo']}.png") if row["logo"] else None
    chat = msgspec.json.decode(row["chat"], type=ChatShown) if row["chat"] is not None else None
    return ProcessorShown(
        **plain,
        reminders=read_reminders(row["reminders"]) or DEFAULTS,
        joining=joining_shown(row["joining"], row["slug"]),
        chat=chat,
        logo=logo,
    )


async def _read(unit: ReadUnit, id: UUID) -> ProcessorShown:
    row = await unit.connection.fetchrow(sql("read_processor"), unit.processors, id)
    if row is None:
        raise NotFound("There is no such processor; look at the list for its id.")
    return _shown(row)


def _known(call: RequestContext, id: UUID) -> None:
    if id not in call.caller.processors:
        raise NotFound("There is no such processor; look at the list for its id.")


def _check(data: ProcessorIn | ProcessorPatchIn) -> None:
    """What a type alone does not say of the fields that are given."""
    for name, check in (
        ("country", value_checks.country),
        ("timezone", value_checks.zone),
        ("reply_to", value_checks.email),
        ("notice_time", value_checks.period),
        ("retention", value_checks.period),
        ("colour", check_colour),
    ):
        value = getattr(data, name, None)
        if isinstance(value, str):
            check(name, value)
    if isinstance(data.reminders, Reminders):
        _check_reminders(data.reminders)


def _address(given: str | None) -> str | None:
    checks = Checks()
    found = postal_address(checks, given)
    checks.done()
    return found


def _check_reminders(given: Reminders) -> None:
    for name, steps in msgspec.structs.asdict(given).items():
        if len(steps) > MOST_STEPS:
            bad(f"reminders.{name}", f"has at most {MOST_STEPS} steps")
        for place, step in enumerate(steps):
            wrong = step_problem(name, step)
            if wrong is not None:
                bad(f"reminders.{name}[{place}]", wrong)


async def _chat_host(call: RequestContext, chat: ChatIn | msgspec.UnsetType | None) -> str:
    """The host of the URL that is given, empty where none is. Refuses one that may not be called, as of webhooks."""
    if not isinstance(chat, ChatIn):
        return ""
    insecure = call.parts.settings.webhook_insecure
    try:
        host = target_of(chat.url, insecure=insecure).host
    except ValueError as error:
        bad("chat.url", str(error))
    problem = await call.parts.sender.problem(chat.url)
    if problem is not None:
        bad("chat.url", problem)
    return host


async def _set_chat(unit: WriteUnit, id: UUID, chat: ChatIn | None, host: str) -> Moved:
    """Its URL is a secret, and stands in no event."""
    if chat is None:
        await unit.connection.execute(sql("unset_chat"), id)
    else:
        await unit.connection.execute(sql("set_chat"), id, chat.kind, chat.url, host, unit.now)
    return await unit.run(id, "chat_noted", ChatNoted(chat.kind if chat else None, host), requested=False)


async def _set_logo(unit: WriteUnit, id: UUID, png: bytes | None) -> str | None:
    """The digest of the picture that stands there now."""
    if png is None:
        await unit.connection.execute(sql("unset_logo"), id)
        return None
    named = hashlib.sha256(png).hexdigest()
    await unit.connection.execute(sql("set_logo"), id, named, png, unit.now)
    return named


async def _known_terms(connection: Connection, processor: UUID | None, terms: str) -> None:
    if not await connection.fetchval(sql("terms_known"), processor, terms):
        bad("terms", f"names unknown terms: {terms[:60]!r}; GET /api/v1/terms lists them")


async def _free_slug(connection: Connection, data: ProcessorIn) -> str:
    """The slug that was asked for, or one made of the name with the first number that is free."""
    wanted = data.slug or _slug(data.name)
    taken = {row["slug"] for row in await connection.fetch(sql("slugs_like"), wanted)}
    if wanted not in taken:
        return wanted
    if data.slug is not None:
        raise Conflict(f"The slug {wanted!r} is taken: choose another, or leave it out.")
    return next(one for number in range(2, len(taken) + 3) if (one := f"{wanted}-{number}") not in taken)


def _slug(name: str) -> str:
    plain = normalise("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[: _SLUG_LENGTH - 10].strip("-") or "processor"


ROUTES: Final = (
    list_processors,
    read_processor,
    create_processor,
    change_processor,
    list_keys,
    create_key,
    revoke_key,
)
