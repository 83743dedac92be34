-- What a step needs to know, read after the locks were taken. $1 processors, $2 ids.

-- name: load_processor
select p.id, row_to_json(p)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from processor p where p.processor_id = any ($1::uuid[]) and p.id = any ($2::uuid[])

-- name: load_customer
select c.id, row_to_json(c)::text as entity, null::uuid as terms_version_id,
    json_build_object('agreements', (
        select coalesce(json_agg(a.id order by a.id), '[]') from agreement a where a.customer_id = c.id),
        'notices', (
            select coalesce(json_agg(n.id order by n.id), '[]')
            from agreement a join notice n on n.agreement_id = a.id join subject ns on ns.id = n.id
            where a.customer_id = c.id and 'live' = any (ns.tags)),
        'waiting', (
            select coalesce(json_agg(t.key), '[]') from task t
            where t.about = c.id and t.kind = 'contact_corrected' and t.done_at is null),
        'needs', json_build_object(
            'retention', p.retention,
            'timezone', p.timezone,
            'agreements', (
                select count(*) from agreement a join subject s on s.id = a.id where a.customer_id = c.id and s.open),
            'pending', case when c.over_at is null and c.merged_into is null then 0 else (
                select count(*) from termijn_belongs(c.id) b join subject s on s.id = b where s.open and s.id <> c.id) end,
            'merged', (select coalesce(json_agg(m.id order by m.id), '[]') from customer m where m.merged_into = c.id),
            'kept', case when c.over_at is null and c.merged_into is null then '{}'::json else json_build_object(
                'messages', (select count(*) from message m where m.customer_id = c.id and m.content is not null),
                'inbound', (
                    select count(*) from inbound i join termijn_belongs(c.id) b on i.subject_id = b where i.content <> ''),
                'answers', (
                    select coalesce(sum(jsonb_array_length(n.answers)), 0) from notice n where n.customer_id = c.id),
                'records', (
                    select count(*) from personal r where r.subject_id in (
                        select b from termijn_belongs(c.id) b
                        union select t.id from termijn_belongs(c.id) b join task t on t.about = b))) end))::text as context
from customer c join processor p on p.id = c.processor_id where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[])

-- name: load_subprocessor
select s.id, row_to_json(s)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from subprocessor s where s.processor_id = any ($1::uuid[]) and s.id = any ($2::uuid[])

-- name: load_task
select t.id, row_to_json(t)::text as entity, null::uuid as terms_version_id,
    json_build_object('timezone', p.timezone, 'reminders', p.reminders)::text as context
from task t join processor p on p.id = t.processor_id
where t.processor_id = any ($1::uuid[]) and t.id = any ($2::uuid[])

-- name: load_agreement
select a.id, a.terms_version_id, row_to_json(a)::text as entity,
    json_build_object(
        'customer', row_to_json(c),
        'processor', row_to_json(p),
        'subprocessors', (
            select coalesce(json_agg(row_to_json(s) order by s.id), '[]') from subprocessor s
            where s.processor_id = a.processor_id and (s.id = any (a.subprocessors) or s.id in (
                select e.subprocessor_id from engagement e where e.agreement_id = a.id))),
        'cleared', (
            select coalesce(json_agg(distinct e.subprocessor_id), '[]')
            from engagement e
            join change x on x.subprocessor_id = e.subprocessor_id
            join subject xs on xs.id = x.id
            where e.agreement_id = a.id and e.until is not null and not xs.open
                and x.plan @> '[{"how": "confirmed"}]'
                and not exists (
                    select from engagement f
                    where f.agreement_id = a.id and f.subprocessor_id = e.subprocessor_id
                        and (f.until is null or f.until > (x.plan -> 0 ->> 'done_at')::timestamptz))),
        'worked', case when a.ended_at is not null then (
            select coalesce(json_agg(row_to_json(e) order by e.id), '[]')
            from engagement e left join subject ns on ns.id = e.notice_id
            where e.agreement_id = a.id and e.until >= a.ended_at and e.ended_why = 'the agreement ended'
                and (e.notice_id is null or 'live' = any (ns.tags))) else '[]' end,
        'open_notices', (
            select coalesce(json_agg(n.id order by n.id), '[]')
            from notice n join subject ns on ns.id = n.id where n.agreement_id = a.id and 'live' = any (ns.tags)),
        'rights', (
            select coalesce(json_agg(json_build_object(
                'notice_id', n.id, 'rule', r ->> 'rule', 'closes_at', r ->> 'closes_at')), '[]')
            from notice n join subject ns on ns.id = n.id, jsonb_array_elements(n.rights) r
            where n.agreement_id = a.id and 'live' = any (ns.tags) and n.received_at is not null
                and r ->> 'rule' in ('amendment.termination', 'overruled.termination')),
        'versions', (
            select coalesce(json_agg(v.id order by v.id), '[]') from terms_version v
            where v.terms = a.terms and (v.processor_id is null or v.processor_id = a.processor_id)),
        'new_texts', (
            select coalesce(json_agg(json_build_object(
                'notice_id', n.id, 'change_id', x.id, 'version_id', x.to_version_id) order by x.id), '[]')
            from notice n join subject ns on ns.id = n.id join change x on x.id = n.change_id
            where n.agreement_id = a.id and 'live' = any (ns.tags) and x.to_version_id is not null)
    )::text as context
from agreement a
join customer c on c.id = a.customer_id
join processor p on p.id = a.processor_id
where a.processor_id = any ($1::uuid[]) and a.id = any ($2::uuid[])

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
            select from task t where t.about = c.id and t.kind = 'nobody_engaged' and t.done_at is null)
    )::text as context
from change c
join processor p on p.id = c.processor_id
left join subprocessor s on s.id = c.subprocessor_id
where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[])

-- name: load_announcement
select n.id, null::uuid as terms_version_id, row_to_json(n)::text as entity,
    json_build_object('changes', (
        select coalesce(json_agg(json_build_object('change', row_to_json(c), 'state', s.state, 'tags', s.tags)
            order by array_position(n.changes, c.id)), '[]')
        from change c join subject s on s.id = c.id where c.id = any (n.changes)))::text as context
from announcement n
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: load_notice
select n.id, a.terms_version_id, row_to_json(n)::text as entity,
    json_build_object(
        'change', row_to_json(c),
        'agreement', row_to_json(a),
        'customer', row_to_json(cu),
        'processor', row_to_json(p),
        'subprocessor', row_to_json(s),
        'versions', case when c.to_version_id is null then '[]' else json_build_array(c.to_version_id) end,
        'engaged', (
            select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')
            from engagement e
            where e.agreement_id = n.agreement_id and e.notice_id is distinct from n.id
                and (e.until is null or e.ended_why = 'the agreement ended' and e.until = a.ended_at))
    )::text as context
from notice n
join change c on c.id = n.change_id
join agreement a on a.id = n.agreement_id
join customer cu on cu.id = a.customer_id
join processor p on p.id = n.processor_id
left join subprocessor s on s.id = c.subprocessor_id
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: terms_documents
-- Terms versions never change, so each process reads each once. $1 ids.
select id, document::text as document from terms_version where id = any ($1::uuid[])

-- name: recent_outages
-- With the one under way, if the API has not been heard of for half a minute of real time. $1 since.
select began_at, ended_at from outage where ended_at >= $1
union all
select clock_at, termijn_now() from heartbeat
where beat_at < clock_timestamp() - interval '30 seconds' and clock_at < termijn_now()

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
