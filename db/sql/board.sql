-- What the board shows beside the lists of the API: whose day it is, and what subjects are called.

-- name: board_house
-- The processor whose board it is. $1 processors, $2 processor.
select p.name, p.timezone, p.language, p.slug, termijn_now() as now
from processor p where p.id = any ($1::uuid[]) and p.id = $2

-- name: subject_names
-- What a person calls each subject: whose it is, whom it is about, words of its own, and the terms that bind it.
-- $1 processors, $2 subjects.
select s.id, s.kind, s.state, coalesce(k.breach_id, s.id) as page, c.id as customer_id, c.name as customer_name,
    u.name as subprocessor_name, ch.kind as change_kind, coalesce(ch.to_version, '') as to_version,
    coalesce(rq.reference, m.subject, b.summary, t.text, ag.main_contracts -> 0 ->> 'reference', '') as words,
    ag.id as agreement_id, ag.terms_version_id
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from subject where id = asked.id offset 0) s
left join notice n on n.id = s.id
left join request rq on rq.id = s.id
left join audit au on au.id = s.id
left join matter m on m.id = s.id
left join breach_case k on k.id = s.id
left join breach b on b.id = coalesce(k.breach_id, s.id)
left join upstream up on up.id = s.id
left join task t on t.id = s.id
left join agreement ag on ag.id = coalesce(
    n.agreement_id, rq.agreement_id, au.agreement_id, m.agreement_id, k.agreement_id, s.id)
left join change ch on ch.id = coalesce(n.change_id, s.id)
left join subprocessor u on u.id = coalesce(ch.subprocessor_id, up.subprocessor_id, s.id)
left join customer c on c.id = coalesce(ag.customer_id, s.id)
where s.processor_id = any ($1::uuid[])

-- name: open_tasks
-- Tasks that wait, the soonest first, but for reminders of a deadline: that one is shown itself. $1 processors,
-- $2 limit, $3 from and $4 before which instant they end (null: all; no end is after all), $5 roles.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select t.id, t.about, t.about_kind, t.kind, t.text, t.data, t.role, t.owner, t.due_at,
        coalesce(t.due_at, 'infinity') as ends_at
    from task t
    where t.processor_id = any (array[tenant.id]) and t.done_at is null
        and coalesce(t.due_at, 'infinity') >= (select coalesce($3::timestamptz, '-infinity'))
        and ($4::timestamptz is null or coalesce(t.due_at, 'infinity') < $4)
        and t.role = any ($5::text[]) and t.data ->> 'deadline_id' is null
    order by t.processor_id, coalesce(t.due_at, 'infinity'), t.id limit $2) x
order by x.ends_at, x.id limit $2

-- name: subject_events
-- What happened to one subject, the newest first. $1 processors, $2 subject, $3 limit.
select e.body, p.body as personal
from event e
left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2
order by e.seq desc limit $3

-- name: tasks_about
-- What still has to be done about a subject and those below it. $1 processors, $2 subjects, $3 limit.
select t.id, t.about, t.about_kind, t.kind, t.text, t.data, t.role, t.owner, t.due_at
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from task where about = asked.id offset 0) t
where t.processor_id = any ($1::uuid[]) and t.done_at is null
order by t.due_at, t.id limit $3

-- name: deadlines_by_day
-- How many open deadlines end on each day, no more than $5 counted of one, so that a million cost what thousands do.
-- $1 processors, $2 zone, $3 first day, $4 days, $5 most.
select w.day, (
        select count(*) from unnest($1::uuid[]) as tenant (id)
        cross join lateral (
            select from deadline d
            where d.processor_id = any (array[tenant.id]) and d.closed_at is null
                and d.due_at > (w.day::timestamp at time zone $2::text)
                and d.due_at <= ((w.day + 1)::timestamp at time zone $2::text)
            limit $5) x)::int as count
from (select ($3::date + n)::date as day from generate_series(0, $4::int - 1) n) w
order by w.day
