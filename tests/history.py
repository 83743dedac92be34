"""One check of the whole history: invariants A and F, asserted after every test that writes."""

import asyncpg

from workflows.engine.verify import verify


async def check_history(connection: asyncpg.Connection) -> None:
    """The ledger and what follows from it verify; versions have no gaps; tenants do not mix."""
    found = await verify(connection)
    wrong = found.broken or found.roots.wrong or found.wrong_row
    assert wrong is None, wrong
    assert found.unsealed_rows == found.unsealed_engagements == 0
    for what, query in CHECKS.items():
        rows = await connection.fetch(query)
        assert not rows, f"{what}: {[dict(row) for row in rows[:5]]}"


CHECKS = {
    "a state that its last event does not name": """
        select s.id, s.state, e.body from subject s join event e on e.subject_id = s.id and e.seq = s.version
        where s.state <> e.body::json ->> 'after'""",
    "states that do not follow each other": """
        select subject_id, seq from (
            select subject_id, seq, body::json ->> 'before' as before,
                lag(body::json ->> 'after') over (partition by subject_id order by seq) as last
            from event) t
        where t.seq > 1 and t.before is distinct from t.last""",
    "personal data that no event commits to": """
        select p.subject_id, p.seq from personal p
        join event e on e.subject_id = p.subject_id and e.seq = p.seq
        where e.body::json ->> 'personal_sha256' is distinct from
            encode(sha256(p.salt || convert_to(p.body, 'UTF8')), 'hex')""",
    "something recorded before it happened": """
        select id, type, at, recorded_at from event where at > recorded_at + interval '1 second'""",
    "a row of one processor under a subject of another": """
        select n.id from notice n join agreement a on a.id = n.agreement_id join change c on c.id = n.change_id
        where a.processor_id <> n.processor_id or c.processor_id <> n.processor_id
        union all
        select e.id from engagement e join agreement a on a.id = e.agreement_id
        join subprocessor s on s.id = e.subprocessor_id
        where a.processor_id <> e.processor_id or s.processor_id <> e.processor_id
        union all
        select t.id from timer t join subject s on s.id = t.subject_id where s.processor_id <> t.processor_id
        union all
        select a.id from agreement a join customer c on c.id = a.customer_id where c.processor_id <> a.processor_id
        union all
        select e.subject_id from event e join subject s on s.id = e.subject_id
        where s.processor_id <> e.processor_id""",
    "a lapse that an answer received in time should have stopped": """
        select n.id from notice n join subject s on s.id = n.id, jsonb_array_elements(n.answers) a
        where s.state = 'lapsed' and n.closes_at is not null and a ->> 'answer' = 'object'
            and (a ->> 'counts')::boolean is not false
            and (a ->> 'received_at')::timestamptz < n.closes_at
            and not exists (
                select from jsonb_array_elements(n.answers) b where b ->> 'answer' = 'take-back'
                    and (b ->> 'recorded_at')::timestamptz >= (a ->> 'recorded_at')::timestamptz)""",
    "an answer marked late that was in time, or the other way round": """
        select n.id from notice n, jsonb_array_elements(n.answers) a
        where n.closes_at is not null and a ->> 'answer' = 'object'
            and coalesce((a ->> 'counts')::boolean, true)
            and coalesce((a ->> 'late')::boolean, false) <> ((a ->> 'received_at')::timestamptz >= n.closes_at)""",
    "an engagement that begins before its yes": """
        select e.id from engagement e join notice n on n.id = e.notice_id
        where e.until is null and (n.engaged_at is null or e.since < n.engaged_at)""",
}
