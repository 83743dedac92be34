-- The ledger as it is read: in order, and never past an event that may still appear before what is shown.

-- name: list_events
-- $2 limit, $3 after place, $4 subject, $5 type, $6 the last settled event.
-- among subject: select id from event where subject_id = $2
-- among type in order: select e.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from event where case when type is not null then processor_id end = any (array[tenant.id]) and type = $2 and id > coalesce($4::bigint, 0) order by case when type is not null then processor_id end, type, id limit $3) e
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select e.id as place, e.uid as id, e.processor_id, e.body, e.previous, e.hash, p.body as personal
    from event e
    left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
    where e.processor_id = any (array[tenant.id]) and e.id <= $6 and e.id > coalesce($3::bigint, 0)
        and ($4::uuid is null or e.subject_id = $4)
        and ($5::text is null or e.type = $5)
    order by e.processor_id, e.id limit $2) x
order by x.place limit $2

-- name: list_events_newest
-- The same, newest first. $2 limit, $3 after place, $4 subject, $5 type, $6 the last settled event.
-- among subject: select id from event where subject_id = $2
-- among type in order: select e.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from event where case when type is not null then processor_id end = any (array[tenant.id]) and type = $2 and id < coalesce($4::bigint, 9223372036854775807) order by case when type is not null then processor_id end desc, type desc, id desc limit $3) e
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select e.id as place, e.uid as id, e.processor_id, e.body, e.previous, e.hash, p.body as personal
    from event e
    left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
    where e.processor_id = any (array[tenant.id]) and e.id <= $6 and e.id < coalesce($3::bigint, 9223372036854775807)
        and ($4::uuid is null or e.subject_id = $4)
        and ($5::text is null or e.type = $5)
    order by e.processor_id desc, e.id desc limit $2) x
order by x.place desc limit $2

-- name: read_event
-- $2 id.
select e.uid as id, e.processor_id, e.body, e.previous, e.hash, p.body as personal
from event e
left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.uid = $2

-- name: timeline
-- What happened to a subject, its notices and their tasks, then what is due and what is planned, in order of
-- instant. What is shown of a row is read for those alone that are left. $2 limit, $3 $4 after instant and key, $5 the
-- agreement or change, $6 whether its notices belong to it.
with own as (
    select $5::uuid as id
    union select n.id from (select id, processor_id from notice where agreement_id = $5 offset 0) n
        where $6::boolean and n.processor_id = any ($1::uuid[])
    union select n.id from (select id, processor_id from notice where change_id = $5 offset 0) n
        where $6 and n.processor_id = any ($1::uuid[])
), concerned as (
    select id from own
    union
    select t.id from own cross join lateral (select id, processor_id from task where about = own.id offset 0) t
    where t.processor_id = any ($1::uuid[])
), due as (
    select d.id, d.processor_id, d.subject_id, d.due_at
    from concerned c cross join lateral (select * from deadline where subject_id = c.id offset 0) d
    where d.closed_at is null
    union
    select d.id, d.processor_id, d.subject_id, d.due_at
    from (select * from deadline where agreement_id = $5 offset 0) d
    where d.closed_at is null
)
select x.at, x.key, x.what, e.uid as id, x.subject_id, s.kind as subject_kind, e.body, p.body as personal,
    coalesce(e.type, d.rule, t.trigger) as name, d.text, d.clause, d.party
from (
    select x.*
    from (
        select e.at, 'event:' || lpad(e.id::text, 19, '0') as key, 'event' as what, c.id as subject_id, e.id as place,
            e.seq, null::uuid as deadline_id, null::uuid as timer_id
        from concerned c
        cross join lateral (select id, processor_id, seq, at from event where subject_id = c.id offset 0) e
        where e.processor_id = any ($1::uuid[])
        union all
        select d.due_at, 'open:' || d.id, 'deadline', d.subject_id, null, null, d.id, null
        from due d
        where d.processor_id = any ($1::uuid[])
        union all
        select t.due_at, 'planned:' || t.id, 'planned', c.id, null, null, null, t.id
        from concerned c
        cross join lateral (select * from timer where subject_id = c.id offset 0) t
        where t.processor_id = any ($1::uuid[]) and not t.parked and t.name not like 'tell:%'
    ) x
    where $3::timestamptz is null or (x.at, x.key) > ($3, $4::text)
    order by x.at, x.key limit $2
) x
cross join lateral (select kind from subject where id = x.subject_id offset 0) s
left join lateral (select * from event where id = x.place offset 0) e on true
left join lateral (select body from personal where subject_id = x.subject_id and seq = x.seq offset 0) p on true
left join lateral (select * from deadline where id = x.deadline_id offset 0) d on true
left join lateral (select * from timer where id = x.timer_id offset 0) t on true
order by x.at, x.key

-- name: course_is_known
-- Whether the events of a change, its notices and their tasks name it, as they do since there is a trigger for that. $2 id.
select change_id is not null from event
where subject_id = $2 and seq = 1 and processor_id = any ($1::uuid[])

-- name: course_of_change
-- As `timeline`, for a change whose events name it: a page costs a page, however many were told. What is due or planned
-- before the last of a full page is few, for it is late, and is looked for among all that is late then; behind the last
-- event it is looked for notice by notice. $2 limit, $3 $4 after instant and key, $5 the change.
with past as materialized (
    select e.at, 'event:' || lpad(e.id::text, 19, '0') as key, 'event' as what, e.subject_id, e.id as place, e.seq,
        null::uuid as deadline_id, null::uuid as timer_id
    from event e
    where e.processor_id = any ($1::uuid[]) and e.change_id = $5 and (e.at, e.id) > (
        coalesce($3::timestamptz, '-infinity'), case when $4::text is null then 0
            when starts_with($4, 'event:') then substr($4, 7)::bigint else 9223372036854775807 end)
    order by e.at, e.id limit $2
), edge as materialized (
    select count(*) = $2 as filled, max(at) as at from past
), concerned as (
    select $5::uuid as id where not (select filled from edge)
    union
    select n.id from (select id, processor_id from notice where change_id = $5 and not (select filled from edge) offset 0) n
    where n.processor_id = any ($1::uuid[])
), about as (
    select id from concerned
    union
    select t.id from concerned c cross join lateral (select id, processor_id from task where about = c.id offset 0) t
    where t.processor_id = any ($1::uuid[])
), due as (
    select d.due_at, d.id, d.subject_id
    from about a cross join lateral (select * from deadline where subject_id = a.id offset 0) d
    where d.closed_at is null and d.processor_id = any ($1::uuid[])
    union all
    select d.due_at, d.id, d.subject_id
    from unnest($1::uuid[]) as tenant (id)
    cross join lateral (
        select x.due_at, x.id, x.subject_id from deadline x
        where x.processor_id = any (array[tenant.id]) and x.closed_at is null and (select filled from edge)
            and x.due_at >= coalesce($3::timestamptz, '-infinity') and x.due_at <= (select at from edge)
        order by x.processor_id, x.due_at, x.id offset 0) d
    cross join lateral (select id, parent_id from subject where id = d.subject_id offset 0) s
    where $5 in (s.id, s.parent_id) or exists (
        select from (select parent_id, kind from subject where id = s.parent_id offset 0) p
        where p.parent_id = $5 and p.kind = 'notice')
), planned as (
    select t.due_at, t.id, t.subject_id
    from about a cross join lateral (select * from timer where subject_id = a.id offset 0) t
    where not t.parked and t.name not like 'tell:%' and t.processor_id = any ($1::uuid[])
    union all
    select t.due_at, t.id, t.subject_id
    from (
        select x.due_at, x.id, x.subject_id, x.processor_id, x.name from timer x
        where not x.parked and (select filled from edge)
            and x.due_at >= coalesce($3::timestamptz, '-infinity') and x.due_at <= (select at from edge)
        order by x.due_at, x.id offset 0) t
    cross join lateral (select id, parent_id from subject where id = t.subject_id offset 0) s
    where t.processor_id = any ($1::uuid[]) and t.name not like 'tell:%' and ($5 in (s.id, s.parent_id) or exists (
        select from (select parent_id, kind from subject where id = s.parent_id offset 0) p
        where p.parent_id = $5 and p.kind = 'notice'))
)
select x.at, x.key, x.what, e.uid as id, x.subject_id, s.kind as subject_kind, e.body, p.body as personal,
    coalesce(e.type, d.rule, t.trigger) as name, d.text, d.clause, d.party
from (
    select x.*
    from (
        select * from past
        union all
        select d.due_at, 'open:' || d.id, 'deadline', d.subject_id, null, null, d.id, null from due d
        union all
        select t.due_at, 'planned:' || t.id, 'planned', t.subject_id, null, null, null, t.id from planned t
    ) x
    where $3 is null or (x.at, x.key) > ($3, $4)
    order by x.at, x.key limit $2
) x
cross join lateral (select kind from subject where id = x.subject_id offset 0) s
left join lateral (select * from event where id = x.place offset 0) e on true
left join lateral (select body from personal where subject_id = x.subject_id and seq = x.seq offset 0) p on true
left join lateral (select * from deadline where id = x.deadline_id offset 0) d on true
left join lateral (select * from timer where id = x.timer_id offset 0) t on true
order by x.at, x.key

-- name: ledger_links
-- Every event of the next subjects in the order of its chain, beside what the subject remembers. A subject without
-- events comes as one row. $1 processor or null, $2 after which id, or null, $3 how many subjects.
select s.id, s.processor_id, s.kind, s.parent_id, s.version, s.head, s.state, s.open, s.tags, e.id as place, e.seq,
    e.processor_id as event_processor, e.type, e.at, e.recorded_at, e.body, e.previous, e.hash, p.salt, p.body as personal
from (
    select * from subject
    where ($1::uuid is null or processor_id = $1) and ($2::uuid is null or id > $2)
    order by id limit $3) s
left join lateral (select * from event where subject_id = s.id order by seq offset 0) e on true
left join lateral (select salt, body from personal where subject_id = s.id and seq = e.seq offset 0) p on true
order by s.id, e.seq

-- name: personal_without_event
-- $1 processor or null.
select p.subject_id, p.seq
from personal p
where ($1::uuid is null or p.processor_id = $1)
    and not exists (select from event e where e.subject_id = p.subject_id and e.seq = p.seq)
order by p.subject_id, p.seq
limit 1

-- name: event_without_subject
-- $1 processor or null.
select e.subject_id, e.seq
from event e
where ($1::uuid is null or e.processor_id = $1) and not exists (select from subject s where s.id = e.subject_id)
order by e.subject_id, e.seq
limit 1

-- name: ledger_rows
-- The rows of these subjects, each to be compared with what its last event says of it. $1 kinds, $2 ids, in pairs.
select k.kind, r.id, r.entity
from (select kind, array_agg(id) as ids from unnest($1::text[], $2::uuid[]) as x (kind, id) group by kind) k
cross join lateral termijn_rows_of(k.kind, k.ids) r

-- name: ledger_stray
-- The first row of these kinds, in this order, that belongs to no subject. $1 kinds, $2 processor or null.
select k.kind, r.id
from unnest($1::text[]) with ordinality as k (kind, at) cross join lateral termijn_stray(k.kind, $2) r
order by k.at limit 1

-- name: ledger_place
-- Where the first event of a subject stands. $1 subject.
select id from event where subject_id = $1 and seq = 1

-- name: ledger_engagements
-- Agreement by agreement what events did to its engagements, in the ledger's order, each step with the place of its
-- transaction's first one, and the engagements that are there. Places that became known are of no one agreement: they
-- come first, under the id of none. $1 processor or null.
with told as (
    select x.agreement_id, json_agg(json_build_array(x.first, x.step) order by x.first, x.place, x.at) as steps
    from (
        select e.place, e.first, s.at, s.step, coalesce(case when s.step -> 'begin' is not null
            then (s.step ->> 'agreement_id')::uuid else (s.step ->> 'end')::uuid end,
            '00000000-0000-0000-0000-000000000000') as agreement_id
        from (
            select o.id as place, min(o.id) over (partition by s.processor_id, o.tx) as first,
                o.body::json -> 'engagements' as steps
            from event o join subject s on s.id = o.subject_id
            where ($1::uuid is null or s.processor_id = $1) and o.body like '%"engagements":[%') e
        cross join lateral json_array_elements(e.steps) with ordinality as s (step, at)) x
    group by x.agreement_id
), there as (
    select agreement_id, json_agg(row_to_json(e)) as engagements
    from engagement e
    where $1::uuid is null or processor_id = $1
    group by agreement_id
)
select agreement_id, told.steps::text as steps, there.engagements::text as engagements
from told full join there using (agreement_id)
order by agreement_id

-- name: ledger_terms
-- Every version of the terms, with the digest that it is known by. $1 those whose documents are not wanted.
select id, terms, version, case when id = any ($1::uuid[]) then null else document::text end as document, digest
from terms_version order by id
