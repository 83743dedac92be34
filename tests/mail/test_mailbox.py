"""Reading a mailbox, on a mail server or in a folder: each message once, whatever it is."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.session import transaction
from service.mail.incoming import imap
from service.mail.incoming import mailbox as module
from service.mail.incoming.box import Unreadable, UnreadableMail
from service.mail.incoming.imap import ImapBox
from service.mail.incoming.inbound import match
from service.mail.incoming.mailbox import Mailbox
from service.mail.incoming.maildir import MaildirBox
from service.servers import Imap, Maildir
from service.settings import Secret
from tests.conftest import Database
from tests.http.conftest import ACME
from tests.mail.imap_server import ImapServer
from tests.resources.conftest import Desk, acme, api, desk, settings
from tests.resources.test_inbound import bounce_of, message, reply_to
from tests.resources.test_notices import told
from tests.test_clock_watch import run_command
from tests.webhooks.receiver import PEM

__all__ = ["acme", "api", "desk", "settings"]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    made = ImapServer()
    await made.start()
    yield made
    await made.stop()


def at(server: ImapServer, **more: Any) -> Imap:
    values: dict[str, Any] = {
        "host": "127.0.0.1", "port": server.port, "tls": "none", "user": server.user,
        "password": Secret(server.password), "folder": "INBOX", **more,
    }  # fmt: skip
    return Imap(**values)


@pytest.fixture
def reader(desk: Desk, server: ImapServer) -> Mailbox:
    return Mailbox(desk.world.pools.worker, desk.world.engine, at(server))


async def state(desk: Desk) -> Any:
    (row,) = await desk.world.rows("select * from mailbox")
    return row


@pytest.mark.parametrize("plain", [True, False])
async def test_a_reply_in_the_mailbox_holds_its_notice(
    desk: Desk, server: ImapServer, reader: Mailbox, plain: bool
) -> None:
    """P4, as through the API: no lapse and no yes until somebody has read it."""
    server.plain = plain
    made, worker, notice = await told(desk)
    await desk.world.go(datetime(2026, 3, 30, 10, tzinfo=UTC))
    uid = server.put(reply_to(await message(desk, notice["id"])), datetime.now(UTC))
    assert await reader.look() == 1
    (came,) = await desk.items("inbound")
    assert (came["kind"], came["subject"], came["outcome"]) == ("reply", notice["id"], "taken")
    assert came["received_at"] == "2026-03-30T10:00:00Z"
    assert server.kept[uid].flags == {"$Termijn"}
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    assert (await desk.gate(made["id"], worker["id"]))["reason"] == "unread_reply"
    await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim"})
    (answer,) = (await desk.get(f"notices/{notice['id']}"))["answers"]
    assert (answer["channel"], answer["received_at"], answer["late"]) == ("mail", "2026-03-30T10:00:00Z", False)


async def test_read_twice_is_read_once(desk: Desk, server: ImapServer, reader: Mailbox) -> None:
    _, _, notice = await told(desk)
    raw = reply_to(await message(desk, notice["id"]))
    server.put(raw, datetime.now(UTC))
    assert [await reader.look(), await reader.look()] == [1, 0]
    # Delivered once more, posted as well, by a server that was made anew, and by two readers at once.
    server.put(raw, datetime.now(UTC))
    await desk.act("inbound", {"raw": raw}, status=200)
    assert await reader.look() == 1
    server.validity = 8
    others = [Mailbox(desk.world.pools.worker, desk.world.engine, at(server)) for _ in range(4)]
    assert sorted(await asyncio.gather(*(one.look() for one in others)))[:3] == [0, 0, 0]
    assert len(await desk.items("inbound")) == 1
    assert len((await desk.get(f"notices/{notice['id']}"))["replies"]) == 1
    assert (await state(desk))["place"] == "8"


async def test_a_bounce_and_a_report_in_the_mailbox(desk: Desk, server: ImapServer, reader: Mailbox) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    path = (await message(desk, notice["id"])).return_path
    server.put(bounce_of(path, 1, action="relayed"), datetime.now(UTC))
    await reader.look()
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "sent", "handed on is not received"
    server.put(bounce_of(path, 2, action="delivered"), datetime.now(UTC))
    await reader.look()
    opened = await desk.get(f"notices/{notice['id']}")
    assert (opened["state"], opened["received_how"]) == ("open", "delivery_report")
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "lapsed"
    server.put(bounce_of(path, 3), datetime.now(UTC))
    await reader.look()
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"


async def test_whose_mail_it_is(desk: Desk, server: ImapServer, reader: Mailbox) -> None:
    """By the message it names, the address it went to, or its sender; what is nobody's is set apart, visibly."""
    _, _, notice = await told(desk)
    path = {"Termijn-Processor": desk.processor}
    other = await desk.api.made("processors", {**ACME, "name": "B", "slug": "b", "reply_to": "Dpa@b.example"})

    def mail(number: int, sender: str, to: str) -> str:
        return f"From: {sender}\r\nTo: {to}\r\nMessage-ID: <{number}@x.example>\r\n\r\nHello.\r\n"

    server.put(reply_to(await message(desk, notice["id"])), datetime.now(UTC))
    server.put(mail(2, "x@x.example", "Somebody <dpa@B.example>, all@x.example"), datetime.now(UTC))
    server.put(mail(3, "kim@customer.example", "all@x.example"), datetime.now(UTC))
    lost = server.put(mail(4, "x@x.example", "all@x.example"), datetime.now(UTC))
    last = server.put(mail(5, "x@x.example", "dpa@b.example"), datetime.now(UTC))
    assert await reader.look() == 5
    ours = await desk.api.get("inbound", headers=path)
    assert [one["external_id"] for one in ours.json()["items"]] == ["<1@customer.example>", "<3@x.example>"]
    theirs = await desk.api.get("inbound", headers={"Termijn-Processor": other["id"]})
    assert [one["external_id"] for one in theirs.json()["items"]] == ["<2@x.example>", "<5@x.example>"]
    assert server.kept[lost].flags == {"\\Flagged"}
    assert server.kept[last].flags == {"$Termijn"}
    (apart,) = await desk.world.rows("select item, why from mailbox_apart")
    assert (apart["item"], apart["why"]) == (str(lost), "nothing says for whom it is")
    assert "termijn_mails_set_apart 1.0" in (await desk.api.client.get("/metrics")).text
    assert await reader.look() == 0


async def test_a_message_that_cannot_be_taken_in_stops_nothing(
    desk: Desk, server: ImapServer, reader: Mailbox, database: Database, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    secret = "From: kim@customer.example\r\nMessage-ID: <{}@x.example>\r\n\r\n{}\r\n"
    bad = server.put(secret.format(1, "poison"), datetime.now(UTC))
    server.put(secret.format(2, "fine"), datetime.now(UTC))
    server.put(b"\xff\x00" * 2000, datetime.now(UTC))

    def brittle(raw: bytes) -> Any:
        if b"poison" in raw:
            raise ZeroDivisionError(raw.decode())
        return match(raw)

    with monkeypatch.context() as patched, caplog.at_level(logging.DEBUG):
        patched.setattr(module, "match", brittle)
        assert await reader.look() == 3
    assert "ZeroDivisionError" in caplog.text
    assert "kim@" not in caplog.text
    assert server.kept[bad].flags == {"\\Flagged"}
    assert next(one["external_id"] for one in await desk.items("inbound")) == "<2@x.example>"
    status, said = await run_command(database, "mailbox")
    assert status == 1
    assert f"{bad}  ZeroDivisionError" in said
    assert (await run_command(database, "mailbox", "--forget", str(bad)))[0] == 0
    assert (await run_command(database, "mailbox"))[0] == 0


LETTER = "From: kim@customer.example\r\nMessage-ID: <{}@x.example>\r\n\r\nHello.\r\n"


@pytest.mark.parametrize("word", ["NO", "BAD"])
async def test_a_message_that_the_server_does_not_show_is_set_apart_and_stops_nothing(
    desk: Desk, server: ImapServer, reader: Mailbox, word: str
) -> None:
    bad = server.put(LETTER.format(1), datetime.now(UTC))
    server.put(LETTER.format(2), datetime.now(UTC))
    server.refused[bad] = word
    assert await reader.look() == 2
    assert [one["external_id"] for one in await desk.items("inbound")] == ["<2@x.example>"]
    (apart,) = await desk.world.rows("select item, why from mailbox_apart")
    assert tuple(apart) == (str(bad), "the mail server refuses to show it")
    assert server.kept[bad].flags == {"\\Flagged"}
    assert ((await state(desk))["failing_why"], await reader.look()) == (None, 0)


async def test_a_message_at_which_the_mailbox_breaks_is_tried_again_and_then_set_apart(
    desk: Desk, server: ImapServer, reader: Mailbox
) -> None:
    bad = server.put(LETTER.format(1), datetime.now(UTC))
    server.put(LETTER.format(2), datetime.now(UTC))
    server.hang_up_at = f"UID FETCH {bad} "
    assert [await reader.look() for _ in range(module.TRIES - 1)] == [0] * (module.TRIES - 1)
    assert (await state(desk))["failing_why"] is not None
    assert await desk.items("inbound") == []
    await reader.look()
    (apart,) = await desk.world.rows("select item, why from mailbox_apart")
    assert tuple(apart) == (str(bad), "the mailbox breaks whenever it is read")
    await reader.look()
    assert [one["external_id"] for one in await desk.items("inbound")] == ["<2@x.example>"]
    assert (await state(desk))["failing_why"] is None


async def test_a_file_that_cannot_be_read_or_moved_stops_no_other(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Mailbox(desk.world.pools.worker, desk.world.engine, Maildir(folder))
    for number in (1, 2, 3):
        (folder / "new" / f"{number}.x").write_text(LETTER.format(number))
    read, taken = MaildirBox.read, MaildirBox.taken

    def broken(box: MaildirBox, item: str) -> Any:
        if item == "1.x":
            raise UnreadableMail("it cannot be read")
        return read(box, item)

    def stuck(box: MaildirBox, item: str, *, apart: bool) -> None:
        if item == "2.x":
            raise Unreadable("a message cannot be moved")
        taken(box, item, apart=apart)

    monkeypatch.setattr(MaildirBox, "read", broken)
    monkeypatch.setattr(MaildirBox, "taken", stuck)
    assert [await reader.look(), await reader.look()] == [3, 0]
    assert [one["external_id"] for one in await desk.items("inbound")] == ["<2@x.example>", "<3@x.example>"]
    assert sorted(one.name for one in (folder / "cur").iterdir()) == ["1.x:2,F", "3.x:2,"]
    assert (await state(desk))["failing_why"] is None


async def test_a_message_larger_than_what_is_kept_is_taken_in_and_set_apart(
    desk: Desk, server: ImapServer, reader: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (module, imap):
        monkeypatch.setattr(place, "LARGEST", 1_000)
    _, _, notice = await told(desk)
    uid = server.put(reply_to(await message(desk, notice["id"]), "We object.\r\n" + "x" * 2_000), datetime.now(UTC))
    assert await reader.look() == 1
    (came,) = await desk.items("inbound")
    assert (came["subject"], came["file"]["size"]) == (notice["id"], 1_000)
    assert server.kept[uid].flags == {"\\Flagged"}
    (apart,) = await desk.world.rows("select why from mailbox_apart")
    assert "larger than what is kept" in apart["why"]


async def test_what_is_read_is_kept_and_whose_it_is_follows_from_its_domain_or_link(
    desk: Desk, server: ImapServer, reader: Mailbox
) -> None:
    _, _, notice = await told(desk)
    await desk.api.made("processors", {**ACME, "name": "B", "slug": "b"})
    raw = LETTER.format(1).replace("kim@", "boss@")
    server.put(raw, datetime.now(UTC))
    assert await reader.look() == 1
    (came,) = (await desk.api.get("inbound", headers={"Termijn-Processor": desk.processor})).json()["items"]
    assert (came["waiting"], came["file"]["size"]) == ([notice["id"]], len(raw))


@pytest.mark.parametrize("at_command", ["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH", "STORE"])
async def test_a_server_that_hangs_up_loses_nothing(
    desk: Desk, server: ImapServer, reader: Mailbox, at_command: str
) -> None:
    server.put("From: kim@customer.example\r\nMessage-ID: <1@x.example>\r\n\r\nHello.\r\n", datetime.now(UTC))
    server.hang_up_at = at_command
    await reader.look()
    server.hang_up_at = ""
    assert (await state(desk))["failing_why"] is not None or at_command == "STORE"
    await reader.look()
    assert len(await desk.items("inbound")) == 1
    row = await state(desk)
    assert (row["failing_since"], row["failing_why"], row["leased_until"]) == (None, None, None)


async def test_only_the_last_week_of_a_mailbox_that_was_never_read(
    desk: Desk, server: ImapServer, reader: Mailbox
) -> None:
    for days in (30, 9, 6, 0):
        raw = f"From: kim@customer.example\r\nMessage-ID: <{days}@x.example>\r\n\r\nHello.\r\n"
        server.put(raw, datetime.now(UTC) - timedelta(days=days))
    assert await reader.look() == 2
    assert [one["external_id"] for one in await desk.items("inbound")] == ["<6@x.example>", "<0@x.example>"]


async def test_a_large_message_is_read_as_far_as_words_go(
    desk: Desk, server: ImapServer, reader: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, notice = await told(desk)
    raw = reply_to(await message(desk, notice["id"]), "We object.\r\n" + "x" * 3_000_000)
    server.put(raw, datetime.now(UTC))
    assert await reader.look() == 1
    (came,) = await desk.items("inbound")
    assert came["subject"] == notice["id"]
    assert came["text"].startswith("We object.")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"password": Secret("wrong")}, "the mail server refused the login"),
        ({"folder": "Elsewhere"}, "there is no such folder in the mailbox"),
        ({"tls": "starttls"}, "no safe connection to the mail server"),
        ({"tls": "implicit"}, "no safe connection to the mail server"),
        ({"port": 1}, "no connection to the mail server"),
    ],
)
async def test_a_mailbox_that_cannot_be_opened_says_why_without_a_name(
    desk: Desk, server: ImapServer, caplog: pytest.LogCaptureFixture, more: dict[str, Any], why: str
) -> None:
    config = at(server, **more)
    with caplog.at_level(logging.DEBUG):
        assert await Mailbox(desk.world.pools.worker, desk.world.engine, config).look() == 0
    row = await state(desk)
    assert row["failing_why"] == why
    assert server.user not in caplog.text + row["name"] + repr(row)
    if config.tls != "none":
        assert not [one for one in server.commands if "LOGIN" in one]


async def test_a_server_that_nobody_vouches_for_is_not_logged_in_to() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    server = ImapServer(tls=context)
    await server.start()
    try:
        with pytest.raises(Unreadable, match="no safe connection"):
            await asyncio.to_thread(ImapBox, at(server, tls="implicit"))
        assert server.commands == []
    finally:
        await server.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mail"
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    return path


async def test_a_folder_is_read_as_a_mailbox(desk: Desk, folder: Path) -> None:
    _, _, notice = await told(desk)
    reader = Mailbox(desk.world.pools.worker, desk.world.engine, Maildir(folder))
    raw = reply_to(await message(desk, notice["id"]))
    (folder / "new" / "1.a.host").write_text(raw)
    (folder / "new" / "2.b.host").write_text(raw)
    await desk.api.made("processors", {**ACME, "name": "B", "slug": "b"})
    (folder / "new" / "3.c.host").write_text("From: x@x.example\r\n\r\nNobody's.\r\n")
    assert [await reader.look(), await reader.look()] == [3, 0]
    assert sorted(one.name for one in (folder / "cur").iterdir()) == ["1.a.host:2,", "2.b.host:2,", "3.c.host:2,F"]
    assert len(await desk.items("inbound")) == 1


async def test_a_folder_that_is_none_says_so(desk: Desk, tmp_path: Path) -> None:
    assert await Mailbox(desk.world.pools.worker, desk.world.engine, Maildir(tmp_path)).look() == 0
    assert (await state(desk))["failing_why"] == "the folder has no `new` and `cur` that may be written"


async def test_the_loop_goes_on_and_stops(
    desk: Desk, server: ImapServer, reader: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.0)
    stopping, rang = asyncio.Event(), 0

    async def look() -> int:
        nonlocal rang
        rang += 1
        if rang == 1:
            raise ZeroDivisionError
        if rang == 2:
            raise OSError
        if rang == 4:
            stopping.set()
        return 1

    monkeypatch.setattr(reader, "look", look)
    heard: list[int] = []
    await reader.keep_reading(stopping, lambda: heard.append(rang))
    assert heard == [3, 4]


async def test_a_reader_that_died_is_followed_by_another(desk: Desk, server: ImapServer, reader: Mailbox) -> None:
    server.put("From: kim@customer.example\r\n\r\nHello.\r\n", datetime.now(UTC))
    server.hang_up_at = "CAPABILITY"
    await reader.look()
    server.hang_up_at = ""
    async with transaction(desk.world.pools.worker) as connection:
        await connection.execute("update mailbox set leased_until = clock_timestamp() + interval '1 minute'")
    assert await reader.look() == 0
    async with transaction(desk.world.pools.worker) as connection:
        await connection.execute("update mailbox set leased_until = clock_timestamp() - interval '1 second'")
    assert await reader.look() == 1
