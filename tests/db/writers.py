"""For every block that inserts: rows that it finds, and arguments with which it inserts at least one row.

Most are made from the statement itself: the columns of its recordset, or of its VALUES. The others stand here.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from db.queries import blocks
from tests.db.samples import INSTANT, Samples, as_json

Arguments = Callable[[asyncpg.Connection, Samples], Awaitable[tuple[Any, ...]]]

INSERTS = re.compile(r"\binsert into (\w+)")
_RECORDSET = re.compile(r"jsonb_to_record(set)?\(\$1::jsonb\) as r \((.*?)\)", re.DOTALL)
_INTO = re.compile(r"insert into \w+ \(([^)]*)\)")
_ALIKE = re.compile(r"jsonb_populate_recordset\(jsonb_populate_record\(null::(\w+), \$2::jsonb\), \$1::jsonb\)")
_COLUMNS = re.compile(r"unnest\(\s*((?:\$\d+::\w+\[\],?\s*)+)\) as r \(([^)]*)\)")
_VALUES = re.compile(r"insert into \w+ \(([^)]*)\)\s*values \((.*?)\)\s*(?:on conflict|returning|\Z)", re.DOTALL)
_BESIDES = {"insert_messages": ("dropped",)}
"""What a block is given besides its rows."""
_HEX = {"head", "previous", "hash", "salt", "token_sha256"}
_GIVEN = {"insert_key": {"role": "auditor"}, "insert_user": {"role": "auditor", "hears": "{}"}}


@cache
def inserting() -> Mapping[str, list[str]]:
    """Every block that inserts, with the tables that it inserts into."""
    found = {name: INSERTS.findall(re.sub(r"--.*", "", text)) for name, text in blocks().items()}
    return {name: tables for name, tables in found.items() if tables}


async def arguments(connection: asyncpg.Connection, samples: Samples, name: str) -> tuple[Any, ...]:
    """What the block is called with here; the rows that it asks for are put in."""
    if name in _BY_HAND:
        return await _BY_HAND[name](connection, samples)
    text = blocks()[name]
    table = INSERTS.findall(text)[0]
    if recordset := _RECORDSET.search(text):
        columns = dict(part.split() for part in recordset[2].split(","))
        row = {
            column: "00" if column in _HEX else samples.value(table, column, kind) for column, kind in columns.items()
        }
        return (as_json([row] if recordset[1] else row), *_BESIDES.get(name, ()))
    if _ALIKE.search(text):
        into = _INTO.search(text)
        assert into is not None, f"{name}: name the columns"
        names = re.findall(r"\w+", into[1])
        return as_json([{one: samples.value(table, one) for one in names}]), "{}", *_BESIDES.get(name, ())
    if arrays := _COLUMNS.search(text):
        kinds = re.findall(r"::(\w+)\[\]", arrays[1])
        names = [one.strip() for one in arrays[2].split(",")]
        return tuple([_native(samples.value(table, one, kind), kind)] for one, kind in zip(names, kinds, strict=True))
    values = _VALUES.search(text)
    assert values is not None, f"{name}: say in _BY_HAND how it is called"
    names, places = ([one.strip() for one in part.split(",")] for part in values.groups())
    column_of = {int(found[1]): column for column, place in zip(names, places, strict=True)
                 if (found := re.match(r"\$(\d+)", place))}  # fmt: skip
    kinds = (await connection.prepare(text)).get_parameters()
    return tuple(
        _GIVEN.get(name, {}).get(column_of[number], _native(samples.value(table, column_of[number]), kind.name))
        for number, kind in enumerate(kinds, 1)
    )


def _native(value: Any, kind: str) -> Any:
    """What the driver takes for a value that JSON would carry."""
    return b"\0" if kind == "bytea" else as_json(value) if kind == "jsonb" else value


async def somebody(c: asyncpg.Connection, s: Samples, processor: UUID) -> None:
    """A user of a processor who can be told of something."""
    await s.insert(c, "app_user", processor_id=processor, role="manager", state="active")


async def _notice_overdue(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    task = await s.insert(c, "task", due_at=INSTANT, data={})
    await somebody(c, s, task["processor_id"])
    return (INSTANT,)


async def _insert_told(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return (as_json([s.row("told")]),)


async def _insert_chat_post(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return uuid4(), uuid4(), "{}", INSTANT, [uuid4()], ["new"]


async def _watched_change(c: asyncpg.Connection, s: Samples) -> UUID:
    change: UUID = (await s.insert(c, "subject", kind="change", tags=["watched", "unopened"]))["id"]
    return change


async def _queue_change_reviews(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return [await _watched_change(c, s)], INSTANT


async def _review_watched_changes(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    await _watched_change(c, s)
    return ()


async def _heartbeat(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    await s.insert(c, "heartbeat", beat_at=INSTANT, clock_at=INSTANT)
    return ()


async def _claim_messages(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    """A message that a sender who died had made."""
    died = INSTANT.replace(year=2020)
    await s.insert(c, "message", next_at=died, leased_until=died, content=b"x", reminds=False, carried_by=None)
    return 10, 25.0


async def _report_work(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    del c, s
    return ["timers"], [1.0]


async def _name_work(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    del c, s
    return (["timers"],)


async def _forget_work(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    await s.insert(c, "work_done", named_at=INSTANT.replace(year=2020))
    return ()


async def _insert_outage(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return INSTANT, INSTANT.replace(hour=12)


async def _open_deadline(c: asyncpg.Connection, s: Samples) -> dict[str, Any]:
    return await s.insert(c, "deadline", task_id=uuid4(), boundary="exclusive", party="controller")


async def _close_deadlines(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    there = await _open_deadline(c, s)
    same = {name: there[name] for name in ("processor_id", "subject_id", "rule", "key")}
    return (as_json([{**same, "how": "met", "at": INSTANT}]),)


async def _open_deadlines(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return (as_json([{**await _open_deadline(c, s), "id": uuid4(), "agreement_id": None, "remind_at": None}]),)


async def _end_engagements(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    here = {"processor_id": uuid4(), "agreement_id": uuid4(), "since": INSTANT}
    came = await s.insert(c, "engagement", **here, notice_id=uuid4())
    left = await s.insert(c, "engagement", **here, until=INSTANT, ended_by=came["id"])
    said = {
        "processor_id": here["processor_id"], "agreement": here["agreement_id"], "until": INSTANT,
        "why": "change_withdrawn", "notice": came["notice_id"], "revive": left["subprocessor_id"],
    }  # fmt: skip
    return (as_json([said]),)


async def _place_engagements(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    there = await s.insert(c, "engagement", since=INSTANT)
    here = {"processor_id": there["processor_id"], "subject_id": there["subprocessor_id"]}
    return (as_json([{**here, "country": "NL", "at": INSTANT}]),)


async def _tell_notices(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    notice = await s.insert(c, "notice")
    await s.insert(c, "change", id=notice["change_id"], processor_id=notice["processor_id"])
    return notice["processor_id"], notice["change_id"], None, 10, "withdrawn", INSTANT, "{}", None


async def _queue_subscription_mails(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    """A change that was announced, to one who had confirmed before."""
    who = uuid4()
    await s.insert(c, "processor", id=who, processor_id=who, public=True)
    text = [{"at": INSTANT.isoformat()}]
    change = await s.insert(c, "change", processor_id=who, subprocessor_id=uuid4(), announced=text)
    await s.insert(c, "subject", id=change["id"], processor_id=who, kind="change", tags=["announced"])
    before = INSTANT - timedelta(days=1)
    await s.insert(c, "subscription", processor_id=who, address="ann@x.example", confirmed_at=before)
    return (10,)


async def _queue_withdrawals(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    """A change that was withdrawn, to one who was told of it."""
    who = uuid4()
    change = await s.insert(c, "change", processor_id=who, subprocessor_id=uuid4(), withdrawn_why="No longer needed.")
    await s.insert(c, "subject", id=change["id"], processor_id=who, kind="change", tags=[])
    await s.insert(c, "subscription_told", change_id=change["id"], revision=1, processor_id=who)
    told = await s.insert(c, "subscription", processor_id=who, address="ann@x.example", confirmed_at=INSTANT)
    await s.insert(
        c, "subscription_mail", processor_id=who, subscription_id=told["id"], change_id=change["id"], revision=1,
        sent_at=INSTANT,
    )  # fmt: skip
    return (10,)


async def _message(c: asyncpg.Connection, s: Samples) -> dict[str, Any]:
    return await s.insert(c, "message", state="queued", next_at=INSTANT)


async def _record_return(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    message = await _message(c, s)
    return (
        [message["processor_id"]],
        message["id"],
        "bounced",
        "no such user",
        INSTANT,
        ["queued"],
        "bounced",
        ["queued"],
    )


async def _record_attempts(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    message = await _message(c, s)
    await s.insert(c, "subject", id=message["subject_id"], kind="notice")
    same = {name: message[name] for name in ("id", "processor_id", "subject_id")}
    said = {"outcome": "sent", "words": "", "state": "received", "trigger": "received", "data": {}}
    return as_json([{**same, **said}]), ["notice.received"], ["queued>received"]


async def _repeat_messages(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    message = await _message(c, s)
    return [message["id"]], [uuid4()], [None], [message["processor_id"]], "queued"


async def _remind_anew(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    task = await s.insert(c, "task", due_at=INSTANT)
    return ([task["processor_id"]],)


async def _start_feed(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return uuid4(), uuid4()


async def _fold_notice_tallies(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    await s.insert(c, "notice_tally")
    return (0,)


async def _begin_mailbox(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return ("imap://mail.example",)


async def _plan_orders(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    processor, webhook, agreement = uuid4(), uuid4(), uuid4()
    await s.insert(c, "subject", id=webhook, kind="webhook", tags=["sends"])
    await s.insert(c, "webhook", id=webhook, processor_id=processor, events=["deletion.ordered"])
    await s.insert(c, "subject", id=agreement, kind="agreement", open=True)
    item = {"id": uuid4(), "kind": "erase", "holder": "backups", "ordered_at": INSTANT}
    await s.insert(c, "agreement", id=agreement, processor_id=processor, plan=[item])
    return ("waiting",)


async def _keep_received(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    came = await s.insert(c, "inbound")
    made = s.value("file", "id")
    return made, came["processor_id"], came["id"], b"digest", "mail.eml", "message/rfc822", b"mail", INSTANT, "somebody"


async def _note_read(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return [uuid4()], "customers", "key:somebody"


async def _insert_user_link(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return uuid4(), uuid4(), uuid4(), "/board", timedelta(minutes=1)


async def _insert_user_session(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    return uuid4(), uuid4(), uuid4(), b"\0", timedelta(minutes=1), None


async def _carry_terms_texts(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    old = await s.insert(c, "terms_version", processor_id=None, digest=b"old")
    text = await s.insert(c, "terms_text", terms_version_id=old["id"])
    made = await s.insert(c, "terms_version", processor_id=None, digest=b"new")
    return [text["processor_id"]], made["id"]


async def _carry_texts_taken_in(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    rules = {"terms": "x", "version": "1", "digest": b"same"}
    own = await s.insert(c, "terms_version", **rules, processor_id=uuid4())
    await s.insert(c, "terms_version", **rules, id=UUID(int=2**128 - 1), processor_id=None)
    await s.insert(c, "terms_text", terms_version_id=own["id"], processor_id=own["processor_id"])
    return (own["processor_id"],)


async def _hand_in_application(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    del c, s
    return (
        uuid4(),
        uuid4(),
        "nonce",
        "nl",
        uuid4(),
        "{}",
        b"digest",
        "ann@x.example",
        "{}",
        INSTANT,
        10,
        timedelta(2),
        None,
    )


async def _announce_object(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    file = await s.insert(c, "file", origin="upload", content=None)
    return uuid4(), file["processor_id"], file["id"]


async def _give_up_objects(c: asyncpg.Connection, s: Samples) -> tuple[Any, ...]:
    file = await s.insert(c, "file", origin="upload", content=None, object_id=uuid4(), erased_at=None, removed_at=None)
    return (file["processor_id"],)


_BY_HAND: dict[str, Arguments] = {
    "hand_in_application": _hand_in_application,
    "note_read": _note_read,
    "announce_object": _announce_object,
    "give_up_objects": _give_up_objects,
    "queue_withdrawals_for_subscribers": _queue_withdrawals,
    "notice_overdue": _notice_overdue,
    "insert_told": _insert_told,
    "insert_chat_post": _insert_chat_post,
    "keep_received": _keep_received,
    "queue_change_reviews": _queue_change_reviews,
    "review_watched_changes": _review_watched_changes,
    "heartbeat": _heartbeat,
    "claim_messages": _claim_messages,
    "forget_work": _forget_work,
    "name_work": _name_work,
    "report_work": _report_work,
    "insert_outage": _insert_outage,
    "close_deadlines": _close_deadlines,
    "open_deadlines": _open_deadlines,
    "end_engagements": _end_engagements,
    "place_engagements": _place_engagements,
    "tell_notices": _tell_notices,
    "queue_subscription_mails": _queue_subscription_mails,
    "insert_user_link": _insert_user_link,
    "insert_user_session": _insert_user_session,
    "record_return": _record_return,
    "record_attempts": _record_attempts,
    "repeat_messages": _repeat_messages,
    "remind_anew": _remind_anew,
    "start_feed": _start_feed,
    "begin_mailbox": _begin_mailbox,
    "plan_orders": _plan_orders,
    "fold_notice_tallies": _fold_notice_tallies,
    "carry_terms_texts": _carry_terms_texts,
    "carry_texts_taken_in": _carry_texts_taken_in,
}
