"""What the pages read: a link, and everything around a notice, a contact or a processor, each in one statement."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import Connection, transaction
from service.links import Purpose, calendar_link, calendar_token, digest, kept_token, same_token
from workflows.engine.engine import Engine
from workflows.model.agreement import Agreement, BoundText
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Contact, Customer, Outage, Processor, Subprocessor
from workflows.model.public_list import Announced, SubprocessorInUse
from workflows.notice.fact_shapes import NoticeRows
from workflows.notice.scope import unasked
from workflows.secret_key import keys_of
from workflows.terms.model import Terms
from workflows.words import Language

LONGEST_TOKEN: Final = 200
MOST_TOGETHER: Final = 200
"""How many notices a notice's page shows besides its own."""
MOST_NOTICES: Final = 200
"""How many notices a contact's own page shows, the newest first."""


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A living link: whose it is and what it opens."""

    id: UUID
    processor: UUID
    customer: UUID
    contact: UUID
    subject: UUID


class Settled(msgspec.Struct, frozen=True):
    """How a notice was settled: when (UTC), and what its event says."""

    at: datetime
    type: str
    data: dict[str, Any] = {}

    @property
    def how(self) -> str:
        """How, in a word: `upheld`, `overruled`, `cancelled` or `superseded`."""
        return self.type.rpartition(".")[2]


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a notice's page is made from; instants UTC."""

    link: OpenLink
    contact: Contact
    state: str
    notice: Notice
    change: Change
    agreement: Agreement
    customer: Customer
    processor: Processor
    subprocessor: Subprocessor | None
    replaced: Subprocessor | None
    terms: Terms
    texts_beside: tuple[Terms, Terms] | None
    """Where it tells of a new text: the one it was laid beside, and the new one."""
    settled: Settled | None
    withdrawn_why: str
    own_token: str | None
    now: datetime
    outages: tuple[Outage, ...] = ()
    """Where its last moment has passed: it may have been held open since (P3)."""
    others: tuple["NoticePage", ...] = ()
    """Those that belong to it (P19), which the same contact may answer here too."""

    @property
    def rows(self) -> NoticeRows:
        """What its facts are made from."""
        return NoticeRows(
            state=self.state,
            notice=self.notice,
            change=self.change,
            agreement=self.agreement,
            customer=self.customer,
            processor=self.processor,
            subprocessor=self.subprocessor,
            replaced=self.replaced,
            terms=self.terms,
            now=self.now,
            outages=self.outages,
        )

    @property
    def all(self) -> tuple["NoticePage", ...]:
        """Every notice that its page shows, its own first."""
        return (self, *self.others)


class Held(msgspec.Struct, frozen=True):
    """An agreement of the customer and where it stands; its text, and the contact's link to sign it."""

    agreement: Agreement
    state: str
    text: BoundText | None = None
    link_id: UUID | None = None
    generation: int | None = None
    kept: str | None = None
    """The digest of the link's token, in hexadecimal."""
    outages: tuple[Outage, ...] = ()
    """Spans in which customers could not answer, once it has ended (P3)."""


class AtWork(msgspec.Struct, frozen=True):
    """A subprocessor that works for an agreement now, or that worked for it `until` it ended."""

    agreement_id: UUID
    id: UUID
    name: str
    service: str
    country: str | None
    since: datetime
    until: datetime | None = None
    waits: bool = False
    """Nothing in the agreement is in its way, but it is not bound to the same duties yet."""
    address: str | None = None
    contact: str | None = None
    service_in: dict[Language, str] = {}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of the customer; `token` where this contact has a living link to it."""

    notice: Notice
    state: str
    change: Change
    subprocessor: Subprocessor | None = None
    replaced: Subprocessor | None = None
    settled: Settled | None = None
    link_id: UUID | None = None
    generation: int | None = None
    kept: str | None = None
    """The digest of the link's token, in hexadecimal."""


class ContactPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a contact's own page is made from; instants UTC."""

    link: OpenLink
    contact: Contact
    customer: Customer
    processor: Processor
    agreements: tuple[Held, ...]
    terms: dict[UUID, Terms]
    at_work: tuple[AtWork, ...]
    notices: tuple[Told, ...]
    elsewhere: tuple[Agreement, ...]
    """Agreements that notices are about and that are not the customer's own any more."""
    now: datetime
    generation: int
    """Of the page's own link."""
    more: dict[str, tuple[Any, ...]] = {}
    """Rows of the sections that come with subjects of their own, by the section's name."""

    @property
    def agreement_of(self) -> dict[UUID, Agreement]:
        """The agreements that notices are about, by id."""
        return {one.id: one for one in (*(held.agreement for held in self.agreements), *self.elsewhere)}


class ErasurePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page which confirms an erasure is made from."""

    link: OpenLink
    contact: Contact
    customer: Customer
    processor: Processor
    agreement: Agreement
    state: str
    terms: Terms
    subprocessors: tuple[str, ...]
    own_token: str | None


class PublicPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a processor shows to everyone."""

    processor: Processor
    since: datetime
    in_use: tuple[SubprocessorInUse, ...]
    announced: tuple[Announced, ...]


async def open_link(connection: Connection, token: str, purpose: Purpose) -> OpenLink | None:
    """What a token opens; from here on the transaction sees that link's processor."""
    if len(token) > LONGEST_TOKEN:
        return None
    row = await connection.fetchrow(sql("open_link"), digest(token), purpose)
    return _link(row) if row is not None else None


def own_token(secret: str, row: Any) -> str | None:
    """What opens the contact's own page, where a row of another page names its link."""
    return kept_token(secret, row["own_id"], row["own_generation"], row["own_kept"]) if row["own_id"] else None


async def open_calendar(connection: Connection, secret: str, token: str) -> OpenLink | None:
    """The own page whose calendar a token reads: the calendar's own token, or the page's (which may do more)."""
    claimed = calendar_link(token)
    row = await connection.fetchrow(sql("open_own_page"), claimed) if claimed is not None else None
    if row is None:
        return await open_link(connection, token, "contact")
    if not same_token(token, *(calendar_token(one, row["id"], row["generation"]) for one in keys_of(secret))):
        return None
    await connection.execute(sql("see_processor"), row["processor_id"])
    return _link(row)


def _link(row: Any) -> OpenLink:
    return OpenLink(
        id=row["id"],
        processor=row["processor_id"],
        customer=row["customer_id"],
        contact=row["contact_id"],
        subject=row["subject_id"],
    )


async def read_notice(connection: Connection, engine: Engine, secret: str, link: OpenLink) -> NoticePage | None:
    """The notice that a link opens, with those that belong to it; None where its contact, or the data it is about,
    are gone."""
    rows = await connection.fetch(
        sql("notice_page"), [link.processor], link.subject, link.customer, link.contact, MOST_TOGETHER
    )
    if not rows or rows[0]["link_id"] is not None:
        return None
    contact = contact_of(msgspec.json.decode(rows[0]["customer"], type=Customer), link)
    if contact is None:
        return None
    versions = [row[name] for row in rows for name in ("terms_version_id", "from_version_id", "to_version_id")]
    terms = await engine.terms(connection, [one for one in versions if one is not None])
    own, *others = [_notice(row, secret, link, contact, terms) for row in rows]
    return msgspec.structs.replace(own, others=tuple(others))


def _notice(row: Any, secret: str, link: OpenLink, contact: Contact, terms: dict[UUID, Terms]) -> NoticePage:
    notice = msgspec.json.decode(row["notice"], type=Notice)
    change = msgspec.json.decode(row["change"], type=Change)
    customer = msgspec.json.decode(row["customer"], type=Customer)
    if row["link_id"] is not None:
        link = msgspec.structs.replace(link, id=row["link_id"], subject=notice.id)
    return NoticePage(
        link=link,
        contact=contact,
        state=row["state"],
        notice=notice,
        change=change,
        agreement=msgspec.json.decode(row["agreement"], type=Agreement),
        customer=customer,
        processor=msgspec.json.decode(row["processor"], type=Processor),
        subprocessor=_subprocessor(row["subprocessor"]),
        replaced=_subprocessor(row["replaced"]),
        terms=terms[row["terms_version_id"]],
        texts_beside=(terms[row["from_version_id"]], terms[row["to_version_id"]])
        if row["from_version_id"] is not None and row["to_version_id"] is not None
        else None,
        settled=msgspec.json.decode(row["settled"], type=Settled) if row["settled"] else None,
        withdrawn_why=change.withdrawn_why_in.get(customer.language) or change.withdrawn_why or "",
        own_token=own_token(secret, row),
        now=row["now"],
        outages=msgspec.json.decode(row["outages"], type=tuple[Outage, ...]),
    )


async def read_contact(
    connection: Connection, engine: Engine, link: OpenLink, blocks: Mapping[str, str] = MappingProxyType({})
) -> ContactPage | None:
    """A contact's own page; None where the contact is gone. `blocks`: SQL blocks of sections, by their names."""
    row = await connection.fetchrow(sql("contact_page"), [link.processor], link.customer, link.contact, MOST_NOTICES)
    if row is None:
        return None
    customer = msgspec.json.decode(row["customer"], type=Customer)
    contact = contact_of(customer, link)
    if contact is None:
        return None
    held = msgspec.json.decode(row["agreements"], type=tuple[Held, ...])
    elsewhere = msgspec.json.decode(row["elsewhere"], type=tuple[Agreement, ...])
    versions = [one.terms_version_id for one in (*(each.agreement for each in held), *elsewhere)]
    return ContactPage(
        link=link,
        contact=contact,
        customer=customer,
        processor=msgspec.json.decode(row["processor"], type=Processor),
        agreements=held,
        terms=await engine.terms(connection, versions),
        at_work=msgspec.json.decode(row["engagements"], type=tuple[AtWork, ...]),
        notices=tuple(one for one in msgspec.json.decode(row["notices"], type=list[Told]) if not unasked(one.notice)),
        elsewhere=elsewhere,
        now=row["now"],
        generation=row["generation"],
        more={
            name: tuple(await connection.fetch(sql(block), [link.processor], link.customer, link.contact))
            for name, block in blocks.items()
        },
    )


async def read_erasure(connection: Connection, engine: Engine, secret: str, link: OpenLink) -> ErasurePage | None:
    """The agreement whose data a link is to have erased; None where its contact, or the data, are gone."""
    row = await connection.fetchrow(sql("erasure_page"), [link.processor], link.subject, link.customer, link.contact)
    if row is None:
        return None
    customer = msgspec.json.decode(row["customer"], type=Customer)
    contact = contact_of(customer, link)
    if contact is None:
        return None
    version: UUID = row["terms_version_id"]
    return ErasurePage(
        link=link,
        contact=contact,
        customer=customer,
        processor=msgspec.json.decode(row["processor"], type=Processor),
        agreement=msgspec.json.decode(row["agreement"], type=Agreement),
        state=row["state"],
        terms=(await engine.terms(connection, [version]))[version],
        subprocessors=tuple(sorted(row["subprocessors"])),
        own_token=own_token(secret, row),
    )


async def read_public(pool: asyncpg.Pool, slug: str) -> PublicPage | None:
    """A processor's public page; None where there is none by that name, or none is wanted."""
    async with transaction(pool, readonly=True) as connection:
        return await open_public(connection, slug)


async def open_public(connection: Connection, slug: str) -> PublicPage | None:
    """The same within a transaction, which sees that processor from here on."""
    found = await connection.fetchval(sql("open_public"), slug) if "\x00" not in slug else None
    row = await connection.fetchrow(sql("public_page"), [found]) if found is not None else None
    return public_of(row) if row is not None else None


def public_of(row: Any) -> PublicPage:
    """A row of `public_page`."""
    return PublicPage(
        processor=msgspec.json.decode(row["processor"], type=Processor),
        since=row["created_at"],
        in_use=msgspec.json.decode(row["in_use"], type=tuple[SubprocessorInUse, ...]),
        announced=msgspec.json.decode(row["announced"], type=tuple[Announced, ...]),
    )


def contact_of(customer: Customer, link: OpenLink) -> Contact | None:
    """Whose link it is; None where the contact was removed."""
    return next((one for one in customer.contacts if one.id == link.contact), None)


def _subprocessor(text: str | None) -> Subprocessor | None:
    return msgspec.json.decode(text, type=Subprocessor) if text else None
