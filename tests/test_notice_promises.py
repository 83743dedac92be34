"""Every row of the notice's table, played; and after each, all that a reader meets looked through.

Mails, page, own page and API are compared: no promise that the form does not keep, nothing past told as to come, no
"nobody objected" above an objection.
"""

import dataclasses
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.lantern import CONSENT, LED_BY_PUBLICATION, PUBLISHED, lantern
from tests.telling import ANN, BOB, START, Life, N, around, with_ending
from workflows.change.announced import text_of
from workflows.errors import BadInput, NotAllowed, Refused
from workflows.machine.vocabulary import UNBORN
from workflows.model.change import ChangeKind, Publication
from workflows.model.parties import Contact, Outage
from workflows.notice.facts import notice_facts
from workflows.notice.table import NOTICE, UNRECEIVED
from workflows.terms.model import Terms
from workflows.time import local_day

ROOT: Final = Path(__file__).parents[1]
READERS: Final = (ANN, BOB)
LIVES: Final[tuple[tuple[str | Terms, ChangeKind, dict[str, Any]], ...]] = (
    (lantern(**PUBLISHED), "add", {}),
    (with_ending("mms-solutions"), "add", {}),
    (with_ending("kmo-solutions"), "add", {}),
    (lantern(), "replace", {"emergency_since": START}),
    (lantern(**CONSENT, **LED_BY_PUBLICATION), "add", {}),
    ("constant-it", "add", {}),
    (lantern(**LED_BY_PUBLICATION), "add", {}),
    ("stkkr", "add", {}),
    ("kmo-solutions", "add", {"effective_on": date(2026, 6, 1)}),
    ("kmo-solutions", "replace", {}),
    ("kmo-solutions", "relocate", {}),
    ("constant-it", "terms", {}),
    ("mms-solutions", "add", {"effective_on": date(2026, 3, 20)}),
    ("mms-solutions", "add", {}),
    ("contict", "remove", {}),
    ("kmo-solutions", "terms", {}),
    (with_ending("stkkr"), "add", {}),
    (lantern(), "add", {}),
    (lantern(**CONSENT), "add", {}),
)
"""Those that play the most rows first, so that all rows are soon played."""
THOROUGHLY: Final = (("mms-solutions", "add"),)
"""Looked through after each act that leads to where it stands; of the others, once for each such place."""
DEEP: Final = 4
MOST: Final = 120
"""Lives that are looked at for one kind of change."""

Act = Callable[[Life], object]


def changed_contacts(moved: Contact | None = None, fresh: Contact | None = None) -> Act:
    """The customer's contacts were edited (a removed one is among neither)."""

    def act(life: Life) -> object:
        return life.do(
            "contacts_changed", moved=[str(moved.id)] if moved else [], fresh=[str(fresh.id)] if fresh else []
        )

    return act


def said_by(who: Contact, answer: str, channel: str = "link", **more: Any) -> Act:
    return lambda life: life.do(answer, by=who.name, channel=channel, asked=True, **{"grounds": "so", **more})


def in_time_but_later(life: Life) -> object:
    """P5: typed in after the window closed, received before."""
    if life.notice.received_at is None:
        raise Refused("not received")
    at = (life.notice.received_at + timedelta(hours=1)).isoformat()
    answer = "consent" if life.notice.rule == "consent" else "object"
    return life.do(answer, by="Ann", channel="phone", received_at=at, asked=True)


def published(life: Life) -> object:
    x, revision = life.around, life.notice.revision
    page = Publication(revision=revision, at=life.now, by="key", url="https://acme.example/s", file_id=N, sha256="00")
    change = replace(x.change, publications=(*x.change.publications, page))
    life.around = dataclasses.replace(x, change=change)
    return life.do("published")


def service_ended(life: Life) -> object:
    """The one service that the agreement has is not that of the change any more."""
    x = life.around
    life.around = dataclasses.replace(x, change=replace(x.change, services=("maps",)))
    return life.do("service_ended")


def ended_first(life: Life) -> None:
    """The agreement was over before it was told."""
    x = life.around
    over = replace(x.agreement, ended_at=life.now, ended_on=local_day(life.now, x.terms.zone))
    life.around = dataclasses.replace(x, agreement=over)


def amended(life: Life, **fields: Any) -> object:
    x = life.around
    change = replace(x.change, revision=x.change.revision + 1, reason="told otherwise", **fields)
    text = text_of(change, x.subprocessor, x.replaced, life.now, "it was wrong")
    life.around = dataclasses.replace(x, change=replace(change, announced=(*x.change.announced, text)))
    return life.do("amended", revision=change.revision)


def outage(life: Life) -> None:
    """The page was away on the next last day, which passes."""
    closes = [one.closes_at for one in life.notice.rights if one.closes_at is not None and one.closes_at > life.now]
    if not closes:
        raise Refused("no window runs")
    back = Outage(min(closes) - timedelta(hours=5), min(closes) - timedelta(hours=2))
    life.outages = (back,)
    life.wait(min(closes))


def remind(life: Life) -> object:
    for right in life.notice.rights:
        if right.closes_at is not None and right.closes_at > life.now:
            return life.do("remind", rule=right.rule, closes_at=right.closes_at.isoformat())
    raise Refused("nothing to remind of")


def pass_by(days: float) -> Act:
    return lambda life: life.wait(life.now + timedelta(days=days))


REPLY: Final = str(UUID(int=70))
ACTS: Final[dict[str, Act]] = {
    "received": lambda life: life.do("received", contact_id=str(ANN.id)),
    "received copy": lambda life: life.do("received", contact_id=str(BOB.id)),
    "handed over": lambda life: life.do("handed_over", contact_id=str(ANN.id)),
    "handed over copy": lambda life: life.do("handed_over", contact_id=str(BOB.id)),
    "maybe sent": lambda life: life.do("maybe_sent"),
    "bounced": lambda life: life.do("bounced", contact_id=str(ANN.id), words="550"),
    "bounced copy": lambda life: life.do("bounced", contact_id=str(BOB.id), words="550"),
    "timer": lambda life: life.fire() or _refuse("no timer"),
    "a month passes": pass_by(40),
    "object": said_by(ANN, "object"),
    "object too": said_by(BOB, "object", "phone"),
    "consent": said_by(ANN, "consent"),
    "consent too": said_by(BOB, "consent"),
    "consent aloud": said_by(ANN, "consent", "phone"),
    "refuse": said_by(ANN, "refuse"),
    "take back": said_by(ANN, "take-back"),
    "take back another's": said_by(BOB, "take-back"),
    "acknowledge": said_by(BOB, "acknowledge"),
    "terminate": said_by(ANN, "terminate"),
    "in time but later": in_time_but_later,
    "uphold": lambda life: life.do("decide", decision="uphold", reason="a fair point", asked=True),
    "overrule": lambda life: life.do(
        "decide", decision="overrule", reason="no other", asked=True,
        engage_not_before=(local_day(life.now, life.around.terms.zone) + timedelta(days=30)).isoformat(),
    ),
    "deemed": lambda life: life.do(
        "deemed-received", at=life.now.isoformat(), reason="r", evidence="a receipt", asked=True
    ),
    "not received": lambda life: life.do("not-received", reason="another's mailbox", asked=True),
    "resend": lambda life: life.do("resend", asked=True),
    "readdressed": lambda life: life.do("readdressed", contact_id=str(ANN.id)),
    "reply": lambda life: life.do("reply", inbound_id=REPLY, received_at=life.now.isoformat()),
    "classified": lambda life: life.do("classified", inbound_id=REPLY, classified_as="other"),
    "amended": amended,
    "amended away": lambda life: amended(life, services=("none of these",)),
    "outage": outage,
    "remind": remind,
    "delayed": lambda life: life.do("delayed", contact_id=str(ANN.id), words="4.4.7"),
    "a contact moved": changed_contacts(ANN),
    "a contact more": changed_contacts(fresh=BOB),
    "awaited": lambda life: life.do("awaited"),
    "agreed": lambda life: (
        life.do("agreed", since=life.now.isoformat()) if life.around.change.kind == "terms" else _refuse("no text")
    ),
    "withdrawn": lambda life: life.do("withdrawn"),
    "change ended": lambda life: life.do("change_ended"),
    "agreement ended": lambda life: life.do("agreement_ended"),
    "service ended": service_ended,
    "agreement gone": lambda life: life.do("agreement_gone"),
    "rejoin": lambda life: life.do("rejoin"),
    "published": published,
}  # fmt: skip


def _refuse(why: str) -> object:
    raise Refused(why)


def signature(life: Life) -> tuple[object, ...]:
    """What tells one life from another."""
    n, now = life.notice, life.now
    return (
        life.state, n.received_at is None, n.engaged_at is not None, n.engages_at is not None and n.engages_at > now,
        n.proceeds_at is not None and n.proceeds_at > now, n.revision, len(life.around.change.announced), n.outcome,
        tuple((one.rule, one.closes_at is not None and one.closes_at > now) for one in n.rights),
        tuple((one.answer, one.by, one.late, one.counts, one.revision) for one in n.answers[-3:]),
        any(one.classified_as is None for one in n.replies), tuple(sorted(life.timers)), n.delayed_at is None,
    )  # fmt: skip


def read_as(life: Life) -> tuple[object, ...]:
    """What tells one life from another for its readers."""
    f = notice_facts(life.rows)
    return (life.state, f.starts.kind, f.silence.kind, f.silence.over, f.objections, f.unread_reply, f.window_over)


def lives(
    terms: str | Terms, kind: ChangeKind, more: dict[str, Any], acts: Mapping[str, Act] = ACTS
) -> Iterator[tuple[tuple[str, ...], Life]]:
    """Lives of one kind of change, the short ones first, each after its last act."""
    start = Life(around(terms, kind, **more))
    yield ("told",), start
    waiting: deque[tuple[tuple[str, ...], Life]] = deque([((), start)])
    known = {signature(start)}
    while waiting:
        path, before = waiting.popleft()
        for name, act in acts.items():
            life = before.copied()
            try:
                act(life)
            except (Refused, NotAllowed, BadInput):
                continue
            yield (*path, name), life
            seen = signature(life)
            if seen not in known and len(path) + 1 < DEEP and len(known) < MOST:
                known.add(seen)
                waiting.append(((*path, name), life))


DAY: Final = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day (\d{1,2} [A-Z][a-z]+ \d{4})")
AHEAD: Final = re.compile(
    rf"(?:[Uu]ntil|(?<!ended )\bon|From|Not before|from) {DAY.pattern}(?: \d\d:\d\d)?"
    r"(?=[^.]{0,60}?(?:at the earliest|time\)|on,|may))"
)
"""Days that a reader takes for ones to come: an earliest day, or the end of a period that runs."""
PAST: Final = re.compile(rf"(?:since|was|ended on|(?<!Not )before) {DAY.pattern}")


def days(found: re.Pattern[str], text: str) -> list[date]:
    return [datetime.strptime(one, "%d %B %Y").date() for one in found.findall(text)]


def look_through(life: Life) -> None:
    """Everything that a reader meets now."""
    n, today = life.notice, local_day(life.now, life.around.terms.zone)
    begun, name = n.engaged_at is not None, "Frankfurt Cloud"
    api, mails = life.api(), life.mails()
    for reader in READERS:
        view = life.view(reader)
        page = life.page_text(reader, view)
        offered = {one.answer: one for one in view.offers}
        assert offered.keys() <= set(api.actions), "the form offers what the API refuses"
        own = life.own_page(reader)
        texts = {"page": page}
        for send, who, text in mails:
            if who is reader and text:
                texts[f"{send.kind} mail"] = text
        for place, text in texts.items():
            for one in days(AHEAD, text):
                assert one >= today, (place, "a past day told as to come", one, text)
            for one in days(PAST, text):
                assert one <= today, (place, "a coming day told as past", one, text)
            if begun:
                assert f"{name} may begin to work" not in text, (place, text)
                assert f"{name} does not work with your data" not in text or life.around.change.kind == "terms", (
                    place, text,
                )  # fmt: skip
                assert "We will wait until" not in text, (place, text)
            if "Nobody objected before" in text:
                assert not [one for one in n.answers if one.answer == "object" and not one.late], (place, text)
            if "Nobody objected to this text" in text:
                mine = [one for one in n.answers if one.answer == "object" and one.revision == n.revision]
                assert not [one for one in mine if not one.late], (place, text)
            if "withdraw this answer on the page" in text or "withdraw your consent on the page" in text:
                assert "take-back" in offered, (place, text)
            if "Then it goes ahead" in text:
                assert "said_no" not in NOTICE.states[life.state].tags, (place, text)
        for sentence, answer in (("You can object ", "object"), ("You can give your consent", "consent")):
            told = [text for text in texts.values() if sentence in text]
            standing = [one for one in n.answers if one.answer == answer and one.by == reader.name and one.counts]
            if told and not standing:
                assert answer in offered, (sentence, told)
        for waiting in own.notices:
            if waiting.until is not None:
                closes = [right.closes_at for right in api.rights if right.closes_at is not None]
                assert any(closing > life.now for closing in closes), "an own page's moment has passed"
                assert life.now < max(closes)
            assert not begun
        for given in view.offers:
            took = life.copied()
            took.do(given.answer, by=reader.name, channel="link", grounds="so", asked=True)
            latest = took.notice.answers[-1]
            assert latest.late == ("marked as late" in given.hint), given
            if "Until this is settled" in given.hint or "lets nobody go on" in given.hint:
                assert "said_no" in NOTICE.states[took.state].tags, given
                assert took.notice.engaged_at is None, given
            if given.hint.startswith("Then ") and given.answer == "consent":
                assert took.state == "consented", given
            if "has no effect" in given.hint:
                assert took.state == life.state, given


LOOKED_FOR: Final = (
    "may begin to work", "does not work with your data", "We will wait until", "Nobody objected before",
    "Nobody objected to this text", "withdraw this answer on the page", "withdraw your consent on the page",
    "Then it goes ahead", "You can object ", "You can give your consent", "marked as late", "Until this is settled",
    "lets nobody go on",
    "has no effect", "at the earliest", "ended on",
)  # fmt: skip


@pytest.mark.parametrize("phrase", LOOKED_FOR)
def test_what_is_looked_for_is_what_is_said(phrase: str) -> None:
    """Or the looking would find nothing, whatever is promised."""
    said = [ROOT / f"service/{one}/catalogue/messages.pot" for one in ("mail/texts", "pages")]
    assert any(phrase in one.read_text("utf-8") for one in said)


NAMES: Final = [f"{one if isinstance(one, str) else f'{one.id} and more'} {kind}" for one, kind, _ in LIVES]


@pytest.mark.parametrize(("terms", "kind", "more"), LIVES, ids=NAMES)
def test_nothing_is_promised_that_is_not_kept(terms: str | Terms, kind: ChangeKind, more: dict[str, Any]) -> None:
    looked = set()
    for path, life in lives(terms, kind, more):
        seen = (path[-1] if (terms, kind) in THOROUGHLY else "", *read_as(life))
        if seen in looked:
            continue
        looked.add(seen)
        try:
            look_through(life)
        except AssertionError as error:
            raise AssertionError(f"after {', '.join(path)}: {error}") from error
    assert len(looked) > 10


LETTER: Final = {"letter_id": str(REPLY), "sha256": "00" * 32}


def posted_on(life: Life) -> dict[str, str]:
    day = local_day(life.now, life.around.terms.zone).isoformat()
    return {"on": day, "written_on": day}


LATER: Final[tuple[tuple[str | Terms, tuple[str, ...]], ...]] = (
    ("mms-solutions", ("received", "consent", "a month passes", "a month passes", "terminate")),
    ("mms-solutions", ("received", "refuse", "a month passes", "a month passes", "terminate")),
    ("mms-solutions", ("received", "consent", "outage")),
    ("mms-solutions", ("received", "refuse", "outage")),
    ("stkkr", ("received", "object", "a month passes", "a month passes", "terminate")),
    ("stkkr", ("received", "object", "overrule", "outage")),
    (lantern(), ("received", "object", "a month passes", "overrule", "a month passes", "terminate")),
    ("kmo-solutions", ("ended first", "received", "a month passes")),
)
"""Lives longer than those that are looked for, with a right to end that outlasts a window."""

NOWHERE: Final = {
    # Before receipt no moment is set, so nothing is late and no right's own timer runs.
    *(("object", state, state, "late_answer") for state in UNRECEIVED),
    *(("terminate", state, state, "late_answer") for state in UNRECEIVED),
    *(("right_closed", state, state, event) for state in UNRECEIVED for event in ("held_open", "right_closed")),
    # What was refused has begun nowhere; and a refusal is one of a notice that asks for consent.
    ("amended", "refused", "refused", "amended"), ("agreed", "refused", "refused", "agreed"),
}  # fmt: skip
"""Rows of states that a general source names, and that nothing leads to."""


def test_every_row_is_played() -> None:
    """Each by what it leads to: the trigger, the state, the state it comes to, and the event."""
    left = {
        (row.trigger, state, row.dest or state, f"notice.{row.event}")
        for row in NOTICE.table.rows
        for state in row.source
        if state != UNBORN and (row.trigger, state, row.dest or state, row.event) not in NOWHERE
    }
    for name, path in LATER:
        life = Life(around(with_ending(name) if isinstance(name, str) else name))
        for act in path:
            {**ACTS, "ended first": ended_first}[act](life)
            look_through(life)
        left -= life.played
    acts = {
        **ACTS,
        "agreed": lambda life: life.do("agreed", since=life.now.isoformat()),
        "letter": lambda life: life.do("write-letter", **LETTER, asked=True),
        "posted": lambda life: life.do("record-posting", **LETTER, **posted_on(life), how="ordinary", asked=True),
    }
    for terms, kind, more in LIVES:
        for _, life in lives(terms, kind, more, acts) if left else ():
            left -= life.played
    assert sorted(left) == []
