"""Two processors with thousands of everything and a third with a few, put in by plain SQL; and the ids of all that.

Rows of one kind have ids that rise with their number, as the service's own do: those of the first processor are
even, those of the second odd, so that neither lies together, and those of the third come last.
"""

from typing import Final
from uuid import UUID

import asyncpg

MANY: Final = 2_000
"""Rows of each kind, half of them of each of two processors."""
FEW: Final = 20
"""Rows of a third processor, put in after all the others."""

KINDS: Final = (
    "processor", "customer", "subprocessor", "agreement", "change", "notice", "task", "deadline", "timer", "message",
    "engagement", "contact", "link", "fan_out", "terms_version", "inbound", "due", "request", "announcement",
    "queued",
)  # fmt: skip


def id_of(kind: str, number: int) -> UUID:
    """The id of the row of this number."""
    return UUID(f"0190{KINDS.index(kind):04x}-0000-7000-8000-{number:012x}")


def ids(kind: str, count: int, *, start: int = 500) -> list[UUID]:
    """Ids of the first processor's rows, from the middle of all."""
    return [id_of(kind, start + 2 * number) for number in range(count)]


OURS: Final = id_of("processor", 0)
SMALL: Final = id_of("processor", 2)
CHANGE: Final = id_of("change", 0)
HOST: Final = id_of("subprocessor", 0)

_FUNCTIONS = "create schema crowd;\n" + "\n".join(
    f"create function crowd.{kind}_id(i bigint) returns uuid language sql immutable as "
    f"$$ select ('0190{number:04x}-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid $$;"
    for number, kind in enumerate(KINDS)
)
_FUNCTIONS += """
create function crowd.owner(i bigint) returns uuid language sql immutable as
    $$ select crowd.processor_id(case when i >= {many} then 2 else i % 2 end) $$;
create function crowd.subjects(kind text, tags text[], parents text) returns void language plpgsql as $$
begin
    execute format('insert into subject (id, processor_id, kind, parent_id, state, version, head, open, tags,
            created_at)
        select crowd.%1$s_id(i), crowd.owner(i), %1$L, %3$s, ''some'', 2, ''\\x00'', true, %2$L,
            timestamptz ''2026-01-01'' from generate_series(0, $1 - 1) i', kind, tags, parents) using {many} + {few};
end $$;
"""
_ROWS = """
insert into processor (id, processor_id, slug, name, country, timezone, language, terms, notice_time, retention,
    breach_target, public)
select crowd.processor_id(i), crowd.processor_id(i), 'p' || i, 'P' || i, 'NL', 'Europe/Amsterdam', 'nl',
    'kmo-solutions', 'P30D', 'P2Y', 'PT24H', true
from generate_series(0, 2) i;

insert into terms_version (id, processor_id, terms, version, title, document, digest, created_at)
select crowd.terms_version_id(0), null, 'crowd', '1', 'Crowd', '{}', '\\x00', now();

select crowd.subjects('customer', '{}', 'null'), crowd.subjects('agreement', '{told,in_force}', 'null'),
    crowd.subjects('notice', '{live}', 'crowd.change_id(i % 2)'),
    crowd.subjects('task', '{}', 'crowd.notice_id(i)'),
    crowd.subjects('request', '{}', 'crowd.agreement_id(i)');
insert into subject (id, processor_id, kind, state, version, head, open, tags, created_at)
select crowd.subprocessor_id(i), crowd.owner(i), 'subprocessor', 'some', 1, '\\x00'::bytea, true, '{}'::text[],
    timestamptz '2026-01-01' from generate_series(0, 3) i
union all
select crowd.change_id(i), crowd.owner(i), 'change', 'some', 1, '\\x00', true, '{announced,watched}',
    timestamptz '2026-01-01' from generate_series(0, 3) i;

insert into customer (id, processor_id, name, country, language, role, contacts)
select crowd.customer_id(i), crowd.owner(i), 'Customer ' || i, 'NL', 'nl', 'controller',
    jsonb_build_array(jsonb_build_object('id', crowd.contact_id(i), 'email', 'kim@c' || i || '.example'))
from generate_series(0, {many} + {few} - 1) i;
insert into subprocessor (id, processor_id, name, aliases, service, services, country, countries, categories)
select crowd.subprocessor_id(i), crowd.owner(i), 'S' || i, '{}', 's', '{}', 'NL', '{}', '{}'
from generate_series(0, 3) i;
insert into agreement (id, processor_id, customer_id, terms, terms_version, terms_version_id, main_contracts, services,
    subprocessors, facts, signatures, plan, holds, cancelled_services, terms_history)
select crowd.agreement_id(i), crowd.owner(i), crowd.customer_id(i), 'crowd', '1',
    crowd.terms_version_id(0), '[]', '{}', '{}', '{}', '[]', '[]', '[]', '[]', '[]'
from generate_series(0, {many} + {few} - 1) i;
insert into change (id, processor_id, kind, subprocessor_id, services, reason, revision, plan)
select crowd.change_id(i), crowd.owner(i), 'add', crowd.subprocessor_id(i % 2), '{}', '', 1, '[]'
from generate_series(0, 3) i;
insert into notice (id, processor_id, change_id, agreement_id, customer_id, rule, clause, form, grounds, rights,
    own_period, answers, replies, running, revision)
select crowd.notice_id(i), crowd.owner(i), crowd.change_id(i % 2), crowd.agreement_id(i),
    crowd.customer_id(i), 'objection', '1', 'any', 'none', '[]', false, '[]', '[]', i % 2 = 1, 1
from generate_series(0, {many} + {few} - 1) i;
insert into task (id, processor_id, about, about_kind, kind, key, text, role, data, due_at)
select crowd.task_id(i), crowd.owner(i), crowd.notice_id(i), 'notice', 'look', '', 'Look.',
    'manager', '{}', timestamptz '2026-04-01'
from generate_series(0, {many} + {few} - 1) i;
insert into request (id, processor_id, agreement_id, customer_id, kind, received_at, received_from, channel, reference,
    note, origin, pauses, extensions, result, evidence)
select crowd.request_id(i), crowd.owner(i), crowd.agreement_id(i), crowd.customer_id(i), 'access',
    timestamptz '2026-01-01', 'customer', 'mail', '', '', '', '[]', '[]', '', ''
from generate_series(0, {many} + {few} - 1) i;

insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, zone, boundary,
    party, clause, reading, steps, calendar, closed_at, closed_how, remind_at)
select crowd.deadline_id(2 * i + c), crowd.owner(i), crowd.notice_id(i), crowd.agreement_id(i),
    'subprocessor.objection', '', 'Answer.', timestamptz '2026-04-01', '2026-04-01', 'Europe/Amsterdam',
    case i % 8 when 6 then 'from' else 'exclusive' end, 'controller', '1', '', '[]', 'NL',
    case c when 1 then timestamptz '2026-02-01' end, case c when 1 then 'replaced' end,
    case c when 0 then timestamptz '2026-03-25' end
from generate_series(0, {many} + {few} - 1) i, generate_series(0, 1) c;
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select crowd.timer_id(i), crowd.owner(i), crowd.notice_id(i), 'later', 'close',
    timestamptz '2026-05-01', 10, 'normal', '{}'::jsonb
from generate_series(0, {many} + {few} - 1) i
union all
select crowd.due_id(i), crowd.owner(i), crowd.notice_id(i), 'close', 'close',
    timestamptz '2026-03-01', 10, 'normal', '{}'
from generate_series(0, {many} + {few} - 1) i;
insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, data, counts,
    state, created_at, next_at, tries)
select crowd.message_id(i), crowd.owner(i), crowd.notice_id(i), crowd.customer_id(i),
    crowd.contact_id(i), 'announcement', 'kim@c' || i || '.example', 'nl', '{}'::jsonb, true, 'received',
    timestamptz '2026-02-01', null, 1
from generate_series(0, {many} + {few} - 1) i
union all
select crowd.queued_id(i), crowd.owner(i), crowd.notice_id(i), crowd.customer_id(i),
    crowd.contact_id(i), 'reminder', 'kim@c' || i || '.example', 'nl', '{}', false, 'queued',
    timestamptz '2026-02-01', timestamptz '2026-02-01', 0
from generate_series(0, {many} + {few} - 1) i;
insert into attempt (processor_id, message_id, at, outcome, words)
select processor_id, id, created_at, 'sent', '' from message;
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id, change_id)
select crowd.engagement_id(i), crowd.owner(i), crowd.agreement_id(i),
    crowd.subprocessor_id(i % 2), 'NL', timestamptz '2026-02-01', 'notice', crowd.notice_id(i),
    crowd.change_id(i % 2)
from generate_series(0, {many} + {few} - 1) i;
insert into link (id, processor_id, customer_id, contact_id, purpose, subject_id, generation, token_sha256, created_at)
select crowd.link_id(i), crowd.owner(i), crowd.customer_id(i), crowd.contact_id(i), 'notice',
    crowd.notice_id(i), 1, sha256(i::text::bytea), timestamptz '2026-02-01'
from generate_series(0, {many} + {few} - 1) i;
insert into fan_out (id, processor_id, kind, change_id, agreement_id, revision, done, total, at, actor, created_at)
select crowd.fan_out_id(i), crowd.owner(i), 'join', null, crowd.agreement_id(i), 0, 0, 0,
    timestamptz '2026-02-01', 'test', timestamptz '2026-02-01'
from generate_series(0, {many} + {few} - 1) i;
insert into event (processor_id, subject_id, seq, type, at, recorded_at, body, previous, hash, change_id)
select s.processor_id, s.id, v,
    case when v = 1 and s.kind in ('customer', 'agreement') then s.kind || '.created' else 'some' end,
    timestamptz '2026-02-01', timestamptz '2026-02-01',
    json_build_object('data', json_build_object('name', c.name, 'customer_id', a.customer_id))::text, '\\x00', '\\x00',
    case s.kind when 'change' then s.id when 'notice' then s.parent_id end
from subject s left join customer c on c.id = s.id left join agreement a on a.id = s.id
cross join generate_series(1, s.version) v;
insert into app_user (id, processor_id, name, email, role, language, created_at)
select crowd.processor_id(i), crowd.processor_id(i), 'Robin', 'robin@acme.example', 'manager', 'nl',
    timestamptz '2026-01-01'
from generate_series(0, 2) i;
insert into concern (id, processor_id, kind, since, next_at)
select crowd.task_id(i), crowd.owner(i), 'task', timestamptz '2026-02-01', timestamptz '2026-02-01'
from generate_series(0, {many} + {few} - 1) i;
insert into told (id, processor_id, concern_id, user_id, occasion, digest, next_at)
select c.id, c.processor_id, c.id, c.processor_id, 'new', true, null from concern c;
insert into inbound (id, processor_id, subject_id, message_id, kind, sender, subject_line, content, received_at,
    recorded_at)
select crowd.inbound_id(i), crowd.owner(i), crowd.notice_id(i), crowd.message_id(i), 'reply', '', '',
    '', timestamptz '2026-02-01', timestamptz '2026-02-01'
from generate_series(0, {many} + {few} - 1) i;
"""


async def prepare(superuser: str) -> None:
    """Put in what `fill` needs. A function or schema that comes or goes makes every session plan anew, so this is for
    before anything is planned."""
    await _run(superuser, _FUNCTIONS)


async def fill(superuser: str) -> None:
    """Put everything in: past row-level security and the checks of foreign keys."""
    await _run(superuser, _ROWS)


async def _run(superuser: str, script: str) -> None:
    connection = await asyncpg.connect(superuser)
    await connection.execute("set session_replication_role = replica")
    await connection.execute(script.replace("{many}", str(MANY)).replace("{few}", str(FEW)))
    await connection.close()
