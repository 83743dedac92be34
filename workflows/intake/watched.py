"""What was found on a followed list becomes notices from upstream, each with its task, and drafts for the customers.

A watch decides nothing: whether the processor goes along or objects is a person's, and so is a draft. Where its
`carry_on` says so, a change of which nothing needs a person is announced to the customers, who keep their own rights.
"""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.errors import TermijnError
from workflows.intake.changes import ChangeIn
from workflows.intake.subprocessors import SubprocessorIn, known_as, new_subprocessor, with_known
from workflows.intake.upstream import UpstreamIn, new_upstream
from workflows.machine.acting import Acting
from workflows.model.change import Notify
from workflows.model.parties import Processor, Subprocessor
from workflows.model.public_list import Announced
from workflows.model.upstream import Upstream
from workflows.model.watch import Watch
from workflows.reach.preview import preview
from workflows.time import local_day
from workflows.watch.differences import ListDifference, ListDifferences
from workflows.words import LANGUAGES, said_in
from workflows.words.days import say_day

DRAFTED: Final = ("add", "replace")
"""Kinds of announced changes of which a draft is made: somebody comes."""
MOST: Final = 20
"""Changes of one look that get notices of their own; the others are named in one together."""
LONGEST: Final = 9_000
"""Characters of a notice's text, with room for why there is no draft."""
LONGEST_WHY: Final = 500
LONGEST_VALUE: Final = 400
"""Of one value among several differences: none hides the others."""
FIELDS: Final = ("service", "country", "address", "transfer_basis", "replaces", "effective_on")


class NoticesOpened(msgspec.Struct, frozen=True):
    """The notices that were opened, and the changes that were announced to customers."""

    notices: tuple[UUID, ...]
    announced: tuple[UUID, ...]


def acting_of(watch: Watch, now: datetime) -> Acting:
    """A watch acts in its own name, with what a manager may."""
    return Acting(actor=f"watch:{watch.id}", role="manager", at=now, now=now, processors=(watch.processor_id,))


async def open_notices(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    watch: Watch,
    processor: Processor,
    found: ListDifferences,
    *,
    new: Collection[UUID],
) -> NoticesOpened:
    """Put what was found on record, within the transaction that keeps what was read. `new`: the announced changes
    that may be announced to customers at once, where the watch is to."""
    notices: list[UUID] = []
    announced: list[UUID] = []
    vendor = await _record(connection, watch)
    for one in found.fresh[:MOST]:
        made = await _of_change(connection, engine, acting, watch, processor, vendor, one)
        notices.append(made.id)
        if made.change_id is not None and watch.carry_on == "announce" and one.id in new:
            announced += await _announce(connection, engine, acting, made.change_id)
    if found.more or found.fresh[MOST:]:
        text = _text_of_more(watch, processor, found)
        given = UpstreamIn(subprocessor_id=watch.subprocessor_id, kind="other", text=text)
        notices.append((await _put(connection, engine, acting, processor, given)).id)
    return NoticesOpened(tuple(notices), tuple(announced))


async def _of_change(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    watch: Watch,
    processor: Processor,
    vendor: Subprocessor,
    one: Announced,
) -> Upstream:
    """One notice, with a draft where there can be one; where there cannot, its text says why."""
    say = said_in(processor.language)
    text = _text_of(watch, processor, one)
    given = UpstreamIn(subprocessor_id=watch.subprocessor_id, kind=one.kind, text=text, effective_on=one.effective_on)

    def told(key: str, **blanks: str) -> UpstreamIn:
        return msgspec.structs.replace(given, text=f"{text}\n\n{say(key, **blanks)}")

    if watch.carry_on == "nothing":
        return await _put_anyway(connection, engine, acting, processor, given)
    if one.kind not in DRAFTED:
        # A record of that name may work here for other reasons than this vendor's.
        return await _put_anyway(connection, engine, acting, processor, told("watch.by_hand"))
    about = await known_as(connection, processor.id, (one.name,))
    if about is not None and await connection.fetchval(sql("change_under_way"), [processor.id], about):
        # Its own list, or one that follows ours, would else bring another for each that was announced.
        return await _put_anyway(connection, engine, acting, processor, told("watch.stands", name=one.name))
    try:
        async with _undone_if_refused(connection):
            change = await _draft(connection, engine, acting, processor, vendor, one, about)
            return await _put(connection, engine, acting, processor, msgspec.structs.replace(given, change=change))
    except TermijnError as error:
        why = told("watch.no_draft", why=error.detail[:LONGEST_WHY])
        return await _put_anyway(connection, engine, acting, processor, why)


async def _put_anyway(
    connection: Connection, engine: Engine, acting: Acting, processor: Processor, given: UpstreamIn
) -> Upstream:
    """A day that cannot be stands in the text alone."""
    try:
        async with _undone_if_refused(connection):
            return await _put(connection, engine, acting, processor, given)
    except TermijnError:
        return await _put(connection, engine, acting, processor, msgspec.structs.replace(given, effective_on=None))


async def _put(
    connection: Connection, engine: Engine, acting: Acting, processor: Processor, given: UpstreamIn
) -> Upstream:
    new: New = await new_upstream(connection, engine, acting, processor.id, processor.timezone, given)
    await engine.create(connection, [new], acting)
    assert isinstance(new.entity, Upstream)
    return new.entity


@contextlib.asynccontextmanager
async def _undone_if_refused(connection: Connection) -> AsyncIterator[None]:
    """What was written before a refusal is undone; what was read stays in hand."""
    await connection.execute(sql("savepoint_work"))
    try:
        yield
    except TermijnError:
        await connection.execute(sql("undo_work"))
        raise


async def _record(connection: Connection, watch: Watch) -> Subprocessor:
    row = await connection.fetchrow(sql("load_subprocessor"), [watch.processor_id], [watch.subprocessor_id])
    assert row is not None, "a watch is of a subprocessor that there is"
    return msgspec.json.decode(row["entity"], type=Subprocessor)


async def _draft(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: Processor,
    vendor: Subprocessor,
    one: Announced,
    about: UUID | None,
) -> ChangeIn:
    """What customers are to be told: that somebody comes. A new name gets its record. Whom the vendor gives up instead
    may go on working here, so that is a person's to say."""
    return ChangeIn(
        kind="add",
        subprocessor_id=about or await _new_record(connection, engine, acting, processor, one),
        country=one.country,
        reason={lang: str(said_in(lang)("watch.reason", vendor=vendor.name)) for lang in LANGUAGES},
        effective_on=one.effective_on,
    )


async def _new_record(
    connection: Connection, engine: Engine, acting: Acting, processor: Processor, one: Announced
) -> UUID:
    given = SubprocessorIn(
        name=one.name,
        service=one.service,
        country=one.country or "",
        address=one.address,
        transfer_basis=one.transfer_basis,
    )
    entity = await with_known(connection, new_subprocessor(given, processor.id))
    await engine.create(connection, [New(kind="subprocessor", entity=entity)], acting)
    return entity.id


async def _announce(connection: Connection, engine: Engine, acting: Acting, change: UUID) -> Sequence[UUID]:
    """Announce it where nothing of it needs a person and nobody of that name works here yet; else it stays a draft."""
    if await connection.fetchval(sql("works_here"), acting.processors, change):
        return ()
    looked = await preview(connection, engine, acting.processors[0], change, acting.now)
    if not looked.agreements or looked.warnings or looked.contacts_missing:
        return ()
    try:
        async with _undone_if_refused(connection):
            command = acting.command(change, "notify", Notify(preview=looked.digest), requested=True)
            await engine.run(connection, acting.processors, [command])
    except TermijnError:
        return ()
    return (change,)


def _text_of(watch: Watch, processor: Processor, one: Announced) -> str:
    say = said_in(processor.language)
    lines = [str(say("watch.announced", name=one.name, url=urlsplit(watch.url).netloc))]
    for field in FIELDS:
        value = getattr(one, field)
        if value is not None and value != "":
            lines.append(str(say(f"watch.{field}", value=value)))
    if one.effective_on is None:
        lines.append(str(say("watch.no_day")))
    day = say_day(local_day(one.announced_at, processor.timezone), processor.language)
    lines.append(str(say("watch.announced_on", day=day)))
    return "\n".join(lines)[:LONGEST]


def _text_of_more(watch: Watch, processor: Processor, found: ListDifferences) -> str:
    say = said_in(processor.language)
    lines = [str(say("watch.differs", url=urlsplit(watch.url).netloc))]
    lines += [str(say("watch.announced", name=one.name, url=urlsplit(watch.url).netloc)) for one in found.fresh[MOST:]]
    lines += [_line(processor, one) for one in found.more]
    if found.left:
        lines.append(str(say("watch.left", count=found.left)))
    return "\n".join(lines)[:LONGEST]


def _line(processor: Processor, one: ListDifference) -> str:
    """One difference; of a page, its line behind a plus or a minus."""
    say = said_in(processor.language)
    if not one.name:
        return f"+ {one.new}" if one.what == "added" else f"− {one.old}"
    if one.what == "changed":
        old, new = (value[:LONGEST_VALUE] or str(say("watch.unsaid")) for value in (one.old, one.new))
        return str(say("watch.changed", name=one.name, field=str(say(f"watch.field_{one.field}")), old=old, new=new))
    said = str(say(f"watch.{one.what}", name=one.name))
    more = (one.new or one.old)[:LONGEST_VALUE]
    return f"{said} {more}" if more else said
