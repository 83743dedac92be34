-- Changes, and when they may move on.

-- name: put_change
-- The whole row, new or as it is now. $1 rows as JSON.
insert into change select * from jsonb_populate_recordset(null::change, $1::jsonb)
on conflict (id) do update set
    kind = excluded.kind, subprocessor_id = excluded.subprocessor_id,
    replaces_id = excluded.replaces_id, country = excluded.country,
    from_country = excluded.from_country, terms = excluded.terms, to_version = excluded.to_version,
    services = excluded.services, reason = excluded.reason, effective_on = excluded.effective_on,
    not_before = excluded.not_before, announced_at = excluded.announced_at,
    active_at = excluded.active_at, ends_on = excluded.ends_on, delete_by = excluded.delete_by, withdrawn_why = excluded.withdrawn_why, revision = excluded.revision,
    plan = excluded.plan, announcement_id = excluded.announcement_id, to_version_id = excluded.to_version_id,
    significant = excluded.significant

-- name: load_change
select c.id, null::uuid as terms_version_id, row_to_json(c)::text as entity,
    json_build_object(
        'processor', row_to_json(p),
        'subprocessor', row_to_json(s),
        'spreading', exists (select from fan_out f where f.change_id = c.id and f.finished_at is null)
            or exists (select from fan_out f where f.announcement_id = c.announcement_id and f.finished_at is null),
        'received', exists (select from notice n where n.change_id = c.id and n.received_at is not null),
        'running', exists (select from notice n where n.change_id = c.id and n.running),
        'engaged', exists (select from engagement e where e.change_id = c.id)
            or c.kind = 'terms' and exists (
                select from notice n where n.change_id = c.id and n.engaged_at is not null),
        'waiting', exists (
            select from task t where t.about = c.id and t.kind = 'nobody_engaged' and t.done_at is null),
        'laws', case when c.ends_on is null then '[]' else (
            select coalesce(json_agg(distinct v.document ->> 'law'), '[]')
            from engagement e
            join agreement a on a.id = e.agreement_id
            join terms_version v on v.id = a.terms_version_id
            where e.change_id = c.id) end
    )::text as context
from change c
join processor p on p.id = c.processor_id
left join subprocessor s on s.id = c.subprocessor_id
where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[])

-- name: one_change
select row_to_json(c)::text from change c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: list_changes
-- Changes. $2 limit, $3 after id, $4 kind, $5 subprocessor, $6 state or null.
select * from change_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::text is null or x.kind = $4)
    and ($5::uuid is null or x.subprocessor_id = $5)
    and ($6::text is null or x.state = $6)
order by x.id limit $2

-- name: read_change
-- $2 id.
select * from change_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: queue_change_reviews
-- Tell a change to look at itself when its notices allow its next state.
-- The question about running windows is answered by the first row of a partial index: NOT EXISTS would be
-- planned as a hash of every window that runs, for each answer. $1 ids, $2 instant.
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), s.processor_id, s.id, 'review', 'review', $2, 40, 'normal', '{}'
from subject s
where s.id = any ($1::uuid[]) and s.kind = 'change' and s.tags && '{watched}'
    and ('unopened' = any (s.tags) or (
        select true from notice n where n.change_id = s.id and n.running limit 1) is null)
on conflict (subject_id, name) do nothing

-- name: review_watched_changes
-- The periodic check behind the one after each answer: a review that changes nothing costs an event nowhere.
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), s.processor_id, s.id, 'review', 'review', termijn_now(), 40, 'normal', '{}'
from subject s
where s.kind = 'change' and s.tags && '{watched}'
    and ('unopened' = any (s.tags) or (
        select true from notice n where n.change_id = s.id and n.running limit 1) is null)
on conflict (subject_id, name) do nothing
