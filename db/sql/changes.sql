-- Changes, and when they may move on.

-- name: put_change
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into change (
    id, processor_id, kind, subprocessor_id, replaces_id, country, from_country, terms, to_version, services, reason,
    effective_on, not_before, announced_at, active_at, ends_on, delete_by, withdrawn_why, revision, plan,
    announcement_id, to_version_id, significant, announced, reason_in, withdrawn_why_in,
    emergency_since, publications)
select
    id, processor_id, kind, subprocessor_id, replaces_id, country, from_country, terms, to_version, services, reason,
    effective_on, not_before, announced_at, active_at, ends_on, delete_by, withdrawn_why, revision, plan,
    announcement_id, to_version_id, significant, announced, reason_in, withdrawn_why_in,
    emergency_since, publications
from jsonb_populate_recordset(jsonb_populate_record(null::change, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    kind = excluded.kind, subprocessor_id = excluded.subprocessor_id, replaces_id = excluded.replaces_id,
    country = excluded.country, from_country = excluded.from_country, terms = excluded.terms,
    to_version = excluded.to_version, services = excluded.services, reason = excluded.reason,
    effective_on = excluded.effective_on, not_before = excluded.not_before, announced_at = excluded.announced_at,
    active_at = excluded.active_at, ends_on = excluded.ends_on, delete_by = excluded.delete_by,
    withdrawn_why = excluded.withdrawn_why, revision = excluded.revision, plan = excluded.plan,
    announcement_id = excluded.announcement_id, to_version_id = excluded.to_version_id,
    significant = excluded.significant, announced = excluded.announced, reason_in = excluded.reason_in,
    withdrawn_why_in = excluded.withdrawn_why_in, emergency_since = excluded.emergency_since,
    publications = excluded.publications

-- name: load_change
select c.id, null::uuid as terms_version_id, row_to_json(c)::text as entity,
    json_build_object(
        'processor', row_to_json(p),
        'subprocessor', row_to_json(s),
        'replaced', row_to_json(re),
        'spreading', exists (
                select from (select * from fan_out where change_id = c.id offset 0) f where f.finished_at is null)
            or exists (
                select from (select * from fan_out where announcement_id = c.announcement_id offset 0) f
                where f.finished_at is null),
        'received', exists (select from notice n where n.change_id = c.id and n.received_at is not null),
        'running', (
            select true from notice n where case when n.running then n.change_id end = c.id limit 1) is not null,
        'engaged', exists (select from engagement e where e.change_id = c.id)
            or c.kind = 'terms' and exists (
                select from notice n where n.change_id = c.id and n.engaged_at is not null),
        'waiting', (
            select t.key from (select * from task where about = c.id offset 0) t
            where t.kind = 'nobody_engaged' and t.done_at is null order by t.key limit 1),
        'asked', exists (select from notice n where n.change_id = c.id),
        'laws', case when c.ends_on is null then '[]' else (
            select coalesce(json_agg(distinct coalesce(v.document ->> 'law', '')), '[]')
            from (select agreement_id from engagement where change_id = c.id offset 0) e
            cross join lateral (select terms_version_id from agreement where id = e.agreement_id offset 0) a
            cross join lateral (select document from terms_version where id = a.terms_version_id offset 0) v) end
    )::text as context
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from change where id = asked.id offset 0) c
cross join lateral (select * from processor where id = c.processor_id offset 0) p
left join lateral (select * from subprocessor where id = c.subprocessor_id offset 0) s on true
left join lateral (select * from subprocessor where id = c.replaces_id offset 0) re on true
where c.processor_id = any ($1::uuid[])

-- name: list_changes
-- Changes. $2 limit, $3 after id, $4 kind, $5 subprocessor, $6 state, $7 part of the subprocessor's name, $8 the instant
-- since which it is there, or null.
-- by effective_on date: coalesce(b.effective_on, 'infinity'), b.id join change b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'change'
select x.*, (select u.name from subprocessor u where u.id = x.subprocessor_id) as subprocessor_name
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from change_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or x.kind = $4)
        and ($5::uuid is null or x.subprocessor_id = $5)
        and ($6::text is null or x.state = $6)
        and ($7::text is null or (
            select strpos(u.name_sort, (select termijn_plain($7))) > 0 from subprocessor u where u.id = x.subprocessor_id))
        and ($8::timestamptz is null or x.created_at >= $8)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_change
-- $2 id.
select x.*, (select u.name from subprocessor u where u.id = x.subprocessor_id) as subprocessor_name
from change_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: queue_change_reviews
-- Tell a change to look at itself when its notices allow its next state, or when a window runs that it was said to lack.
-- The question about running windows is answered by the first row of an index that has no other windows: NOT EXISTS
-- would be planned as a hash of every window that runs, for each answer. $1 ids, $2 instant.
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), s.processor_id, s.id, 'review', 'review', $2, 40, 'normal', '{}'
from subject s
where s.id = any ($1::uuid[]) and s.kind = 'change' and s.tags && '{watched}'
    and ('unopened' = any (s.tags) or (
        select true from notice n where case when n.running then n.change_id end = s.id limit 1) is null
        or exists (
            select from (select * from task where about = s.id offset 0) t
            where t.kind = 'nobody_engaged' and t.done_at is null))
on conflict (subject_id, name) do nothing

-- name: review_watched_changes
-- The periodic check behind the one after each answer: a review that changes nothing costs an event nowhere.
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), s.processor_id, s.id, 'review', 'review', termijn_now(), 40, 'normal', '{}'
from subject s
where s.kind = 'change' and s.tags && '{watched}'
    and ('unopened' = any (s.tags) or (
        select true from notice n where case when n.running then n.change_id end = s.id limit 1) is null
        or exists (
            select from (select * from task where about = s.id offset 0) t
            where t.kind = 'nobody_engaged' and t.done_at is null))
on conflict (subject_id, name) do nothing
