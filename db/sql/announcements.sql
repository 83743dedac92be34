-- Changes that are sent as one (P19).

-- name: put_announcement
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into announcement (
    id, processor_id, changes, terms_version, not_before, announced_at, withdrawn_why)
select
    id, processor_id, changes, terms_version, not_before, announced_at, withdrawn_why
from jsonb_populate_recordset(jsonb_populate_record(null::announcement, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    changes = excluded.changes, terms_version = excluded.terms_version, not_before = excluded.not_before,
    announced_at = excluded.announced_at, withdrawn_why = excluded.withdrawn_why

-- name: load_announcement
select n.id, null::uuid as terms_version_id, row_to_json(n)::text as entity,
    json_build_object('changes', (
        select coalesce(json_agg(json_build_object('change', row_to_json(c), 'state', s.state, 'tags', s.tags)
            order by array_position(n.changes, c.id)), '[]')
        from change c join subject s on s.id = c.id where c.id = any (n.changes)))::text as context
from announcement n
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: list_announcements
-- $1 processors, $2 limit, $3 after id, $4 change, $5 state or null.
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'announcement'
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from announcement_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or exists (select from announcement a where a.id = x.id and $4 = any (a.changes)))
        and ($5::text is null or x.state = $5)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_announcement
-- $1 processors, $2 id.
select * from announcement_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: changes_to_bundle
-- With where each stands, and another announcement that has it already. $1 processors, $2 changes, $3 announcement.
select c.id, s.state, s.tags, row_to_json(c)::text as entity,
    (select a.id from announcement a join subject x on x.id = a.id
        where a.processor_id = c.processor_id and a.id <> $3 and c.id = any (a.changes) and 'editable' = any (x.tags)
        order by a.id limit 1) as elsewhere
from change c join subject s on s.id = c.id
where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[])

-- name: visible_versions
-- Every version of any terms that the processor may see, everyone's or its own. $1 processors.
select coalesce(array_agg(distinct version order by version), '{}')
from terms_version where processor_id is null or processor_id = any ($1::uuid[])
