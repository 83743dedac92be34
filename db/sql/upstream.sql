-- What subprocessors announce to their processor.

-- name: put_upstream
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into upstream (
    id, processor_id, subprocessor_id, kind, text, received_at, effective_on, object_until, change_id, earliest,
    shortfalls, warning, answer, answered_at, note, closed_at)
select
    id, processor_id, subprocessor_id, kind, text, received_at, effective_on, object_until, change_id, earliest,
    shortfalls, warning, answer, answered_at, note, closed_at
from jsonb_populate_recordset(jsonb_populate_record(null::upstream, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    subprocessor_id = excluded.subprocessor_id, kind = excluded.kind, text = excluded.text,
    received_at = excluded.received_at, effective_on = excluded.effective_on, object_until = excluded.object_until,
    change_id = excluded.change_id, earliest = excluded.earliest, shortfalls = excluded.shortfalls,
    warning = excluded.warning, answer = excluded.answer, answered_at = excluded.answered_at, note = excluded.note,
    closed_at = excluded.closed_at

-- name: load_upstream
select u.id, null::uuid as terms_version_id, row_to_json(u)::text as entity, '{}'::text as context
from upstream u where u.processor_id = any ($1::uuid[]) and u.id = any ($2::uuid[])

-- name: list_upstream_notices
-- Subprocessors' notices. $2 limit, $3 after id, $4 subprocessor, $5 kind, $6 state or null.
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'upstream'
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from upstream_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.subprocessor_id = $4)
        and ($5::text is null or x.kind = $5)
        and ($6::text is null or x.state = $6)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_upstream_notice
-- $2 id.
select * from upstream_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2
