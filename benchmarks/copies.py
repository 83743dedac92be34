"""A large database: lives that were lived, copied many times, each with ids, a name and a chain of its own.

A copy differs from its pattern in ids, in the customer's name and in the contact's address. So its events are hashed
anew, and `termijn check` finds that everything holds. Mails come without their bytes, as after their time was over.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import msgspec

from benchmarks.lives import MARK
from db.session import Connection
from workflows.kinds import WORKFLOWS
from workflows.ledger.chain import GENESIS, commit, link
from workflows.ledger.rows import form_of, stored, text_of

CHUNK: Final = 500
"""Copies that are written with one COPY a table."""
_EPOCH: Final = 0x019B_0000_0000
"""The copies' ids rise from here, in the years before any life of `benchmarks.lives`."""
_BY_ID: Final = ("subject", "customer", "agreement", "notice", "request", "audit", "matter", "task")
_BY_SUBJECT: Final = ("personal", "deadline", "timer", "message", "link")
_LEFT_OUT: Final = {("event", "id"), ("event", "tx"), ("event", "uid"), ("attempt", "id")}
"""What the database itself gives."""
_INSTEAD: Final = {
    ("message", "content"): "null",
    ("message", "message_id"): "case when message_id is not null then '<' || id || '@benchmark.example>' end",
    ("link", "token_sha256"): "convert_to('link:' || id || ':', 'UTF8')",
    ("subject", "head"): "convert_to('head:' || id || ':', 'UTF8')",
}
_STANDS_FOR: Final = re.compile(r"(?:686561643a|6c696e6b3a)(?:[0-9a-f]{2})+?3a")

FIRST: Final = (
    "Aalbers", "Bakker", "Cornelissen", "De Graaf", "Evers", "Fokkema", "Gerritsen", "Hoekstra", "IJsselstein",
    "Jansen", "Kuipers", "Lammers", "Mulder", "Noordhoek", "Oosterhuis", "Postma", "Quist", "Roelofs", "Stichting Sint",
    "Terpstra", "Uitenbroek", "Van den Berg", "Wiersma", "Xanten", "Ypma", "Zijlstra",
)  # fmt: skip
SECOND: Final = (
    "Advies", "Bouw", "Catering", "Drukwerk", "Energie", "Fiscaal", "Groen", "Handel", "Installatie", "Juristen",
    "Kinderopvang", "Logistiek", "Metaal", "Notarissen", "Onderwijs", "Praktijk", "Revalidatie", "Software",
    "Transport", "Uitgeverij", "Verzekeringen", "Welzijn", "Zorg",
)  # fmt: skip


class _Event(msgspec.Struct, frozen=True):
    """An event of the pattern: what stands before and after its body in its line, and what its body is made of."""

    subject: int
    seq: int
    before: str
    body: str
    row: str | None
    salt: bytes
    personal: str | None


class Copied(msgspec.Struct, frozen=True):
    """A life as text with gaps: lines of each table, its events, its links."""

    number: int
    tables: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    events: tuple[_Event, ...]
    links: tuple[int, ...]


async def patterns(connection: Connection, processor: UUID) -> list[Copied]:
    """Every agreement of a processor, with its customer and all that belongs to both, ready to be copied."""
    rows = await connection.fetch(
        "select id, customer_id from agreement where processor_id = $1 order by id", processor
    )
    return [await _pattern(connection, number, row) for number, row in enumerate(rows)]


async def multiply(connection: Connection, lives: Sequence[Copied], count: int, first: int = 0) -> None:
    """Write `count` more agreements, the lives in turn; `first` is the number of the first copy.

    References are not checked while they are written: the history check does it afterwards.
    """
    await connection.execute("set session_replication_role = replica; set synchronous_commit = off")
    for start in range(first, first + count, CHUNK):
        made: dict[str, list[str]] = {}
        for number in range(start, min(start + CHUNK, first + count)):
            for table, lines in _copy(lives[number % len(lives)], number).items():
                made.setdefault(table, []).append(lines)
        for table, parts in made.items():
            await connection.copy_to_table(table, source=_bytes(parts), columns=lives[0].columns[table], format="text")


async def count_notices(connection: Connection) -> None:
    """Count the notices of every change as they stand, which nothing did while they were copied."""
    await connection.execute(
        "delete from notice_tally; "
        "insert into notice_tally (processor_id, change_id, state, outcome, count, running, engaged, holding, waiting, "
        "  told, received, answered) "
        "select n.processor_id, n.change_id, s.state, n.outcome, count(*), count(*) filter (where n.running), "
        "  count(n.engaged_at), count(*) filter (where h.holding), "
        "  count(*) filter (where h.holding and (n.rule = 'consent' "
        "    or n.rule = 'information' and n.received_at is not null)), "
        "  count(n.sent_at), count(n.received_at), count(*) filter (where n.answers <> '[]') "
        "from notice n join subject s on s.id = n.id cross join lateral ("
        "  select s.tags && '{live}' and n.engaged_at is null and n.engages_at is null as holding) h "
        "group by 1, 2, 3, 4"
    )


async def _bytes(parts: Sequence[str]) -> AsyncIterator[bytes]:
    yield "".join(parts).encode()


def name_of(number: int) -> str:
    """The customer's name of a copy."""
    return f"{FIRST[number * 7 % len(FIRST)]} {SECOND[number * 11 // len(FIRST) % len(SECOND)]} {number}"


def _copy(life: Copied, number: int) -> dict[str, str]:
    """The lines of one copy by table."""
    id = f"{_EPOCH + number:012x}"
    values: dict[str, str] = {"i": f"{id[:8]}-{id[8:]}", "n": name_of(number), "m": f"c{number}"}
    heads: dict[int, bytes] = {}
    lines = []
    for one in life.events:
        personal = commit(one.salt, one.personal % values) if one.personal is not None else ""
        row = hashlib.sha256((one.row % values).encode()).hexdigest() if one.row is not None else ""
        body = one.body % {**values, "p": personal, "r": row}
        previous = heads.get(one.subject, GENESIS)
        heads[one.subject] = hash = link(previous, one.seq, body)
        escaped = body.replace("\\", "\\\\")
        lines.append(f"{one.before % values}\t{escaped}\t\\\\x{previous.hex()}\t\\\\x{hash.hex()}\n")
    values |= {f"head{subject}": hash.hex() for subject, hash in heads.items()}
    values |= {f"link{one}": hashlib.sha256(f"link {id} {one}".encode()).hexdigest() for one in life.links}
    made = {table: text % values for table, text in life.tables.items()}
    return {**made, "event": "".join(lines)}


async def _pattern(connection: Connection, number: int, row: Any) -> Copied:
    agreement, customer = row["id"], row["customer_id"]
    subjects = await _belonging(connection, {agreement, customer})
    contacts = await connection.fetchval(
        "select array_agg((x ->> 'id')::uuid) from customer, jsonb_array_elements(contacts) x where id = $1", customer
    )
    columns: dict[str, tuple[str, ...]] = {}
    found: dict[str, str] = {}
    own = {*subjects, *contacts}
    wheres = {
        **{table: "id = any ($1::uuid[])" for table in _BY_ID},
        **{table: "subject_id = any ($1::uuid[])" for table in _BY_SUBJECT},
        "attempt": "message_id in (select id from message where subject_id = any ($1::uuid[]))",
        "engagement": "agreement_id = any ($1::uuid[])",
        "fan_out": "agreement_id = any ($1::uuid[])",
        "event": "subject_id = any ($1::uuid[])",
    }
    for table, where in wheres.items():
        columns[table] = await _columns(connection, table)
        if table != "event":
            text, ids = await _lines(connection, table, columns[table], where, subjects)
            found[table] = text
            own |= ids
    gaps = _Gaps(number, own)
    tables = {table: gaps.in_lines(text) for table, text in found.items() if text}
    events = await _events(connection, subjects, columns["event"], wheres["event"], gaps)
    links = tuple(int(place) for place in re.findall(r"%\(link(\d+)\)s", tables.get("link", "")))
    return Copied(number, tables, columns, events, links)


async def _belonging(connection: Connection, known: set[UUID]) -> set[UUID]:
    """A customer and its agreement, with what is told of them and of what stands under them."""
    while True:
        rows = await connection.fetch(
            "select id from subject where parent_id = any ($1) union select id from task where about = any ($1) "
            "union select id from notice where agreement_id = any ($1) "
            "union select id from request where agreement_id = any ($1) "
            "union select id from audit where agreement_id = any ($1) "
            "union select id from matter where agreement_id = any ($1)",
            list(known),
        )
        more = {row["id"] for row in rows} - known
        if not more:
            return known
        known |= more


async def _columns(connection: Connection, table: str) -> tuple[str, ...]:
    rows = await connection.fetch(
        "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0 "
        "and not attisdropped and attgenerated = '' order by attnum",
        table,
    )
    return tuple(row["attname"] for row in rows if (table, row["attname"]) not in _LEFT_OUT)


async def _lines(
    connection: Connection, table: str, columns: Sequence[str], where: str, subjects: set[UUID]
) -> tuple[str, set[UUID]]:
    """Rows as COPY writes them, and the ids that are their own."""
    said = ", ".join(_INSTEAD.get((table, one), f'"{one}"') for one in columns)
    order = "subject_id, seq" if table == "personal" else "id"
    given = where.replace("$1", f"'{{{','.join(map(str, subjects))}}}'")
    buffer = BytesIO()
    await connection.copy_from_query(f"select {said} from {table} where {given} order by {order}", output=buffer)
    keyed = table not in ("personal", "attempt")
    rows = await connection.fetch(f"select id from {table} where {given}") if keyed else []
    return buffer.getvalue().decode(), {row["id"] for row in rows}


async def _events(
    connection: Connection, subjects: set[UUID], columns: Sequence[str], where: str, gaps: "_Gaps"
) -> tuple[_Event, ...]:
    """The events in the order in which they were written down; the last of each subject seals its row."""
    assert columns[-3:] == ("body", "previous", "hash"), "the line ends with these"
    rows = await connection.fetch(
        f"select e.*, s.kind, s.version, p.salt, p.body as personal from event e "
        f"join subject s on s.id = e.subject_id "
        f"left join personal p on p.subject_id = e.subject_id and p.seq = e.seq where e.{where} order by e.id",
        list(subjects),
    )
    found = []
    for row in rows:
        body: str = row["body"]
        said: dict[str, Any] = msgspec.json.decode(body)
        entity = None
        if row["seq"] == row["version"] and said.get("row_sha256"):
            kind = WORKFLOWS[row["kind"]].table.entity
            there = await connection.fetchval(
                f"select row_to_json(t)::text from {row['kind']} t where id = $1", row["subject_id"]
            )
            form = form_of(row["kind"], kind, said["row_form"])
            assert form is not None, "this release wrote it"
            text = text_of(form, stored(kind, there))
            assert text is not None, "it has the fields of its form"
            assert hashlib.sha256(text).hexdigest() == said["row_sha256"], "the row is as it was"
            entity = text.decode()
        sealed = said.get("row_sha256") if entity is not None else None
        personal = said.get("personal_sha256") if row["personal"] is not None else None
        before = "\t".join(str(row[one]) for one in columns[:-3])
        found.append(
            _Event(
                subject=gaps.places[str(row["subject_id"])],
                seq=row["seq"],
                before=gaps.fill(before),
                body=gaps.fill(body, **{"r": sealed, "p": personal}),
                row=gaps.fill(entity) if entity is not None else None,
                salt=row["salt"] or b"",
                personal=gaps.fill(row["personal"]) if row["personal"] is not None else None,
            )
        )
    return tuple(found)


class _Gaps:
    """Makes gaps of what is a life's own: ids, the customer's name, its address."""

    def __init__(self, life: int, own: set[UUID]) -> None:
        self.places = {str(one): place for place, one in enumerate(sorted(own))}
        self._life = life
        self._found = re.compile("|".join([*self.places, rf"{MARK} \d+", MARK.lower()]))

    def fill(self, text: str, **more: str | None) -> str:
        """The text with gaps; `more` are texts that become gaps of these names."""
        gapped = self._found.sub(self._gap, text.replace("%", "%%"))
        for name, value in more.items():
            if value is not None:
                gapped = gapped.replace(value, f"%({name})s")
        return gapped

    def in_lines(self, text: str) -> str:
        """The same of lines in which the text that `_INSTEAD` has put there stands for a head or a digest."""
        marked = _STANDS_FOR.sub(lambda match: f"\0{self._named(match[0])}\0", text)
        return re.sub("\0(.*?)\0", r"%(\1)s", self.fill(marked))

    def _named(self, digits: str) -> str:
        what, id, _ = bytes.fromhex(digits).decode().split(":")
        return f"{what}{self.places[id]}"

    def _gap(self, match: re.Match[str]) -> str:
        found = match[0]
        if found in self.places:
            return f"%(i)s-7{self._life:03x}-8000-{self.places[found]:012x}"
        return "%(m)s" if found == MARK.lower() else "%(n)s"
