-- What pictures on the board are drawn from: counts and a few names, never rows of all agreements.

-- name: change_audience
-- How far a change has come with its notices. $1 processors, $2 change.
select greatest(coalesce(sum(t.count), 0), coalesce((select sum(f.total) from fan_out f
        where f.processor_id = any ($1::uuid[]) and f.change_id = $2 and f.kind = 'announce'), 0))::int as total,
    coalesce(sum(t.told), 0)::int as told, coalesce(sum(t.received), 0)::int as received,
    coalesce(sum(t.answered), 0)::int as answered,
    coalesce(sum(t.count) filter (where t.outcome is not null), 0)::int as settled,
    coalesce(sum(t.holding), 0)::int as holding
from notice_tally t
where t.processor_id = any ($1::uuid[]) and t.change_id = $2

-- name: change_served
-- From which day how many of its agreements may be served, past days and coming ones. $1 processors, $2 change, $3 zone.
select (coalesce(n.engaged_at, n.engages_at) at time zone $3::text)::date as day, count(*)::int as count
from notice n
where n.processor_id = any ($1::uuid[]) and n.change_id = $2 and coalesce(n.engaged_at, n.engages_at) is not null
group by 1 order by 1

-- name: change_holding
-- The first customers without whom it does not go on: nobody knows yet from when they may be served. In the order in
-- which they were told. $1 processors, $2 change, $3 limit.
select c.name
from (select n.id, n.customer_id from notice n
    cross join lateral (select tags from subject where id = n.id offset 0) s
    where n.processor_id = any ($1::uuid[]) and n.change_id = $2 and s.tags && '{live}'
        and n.engaged_at is null and n.engages_at is null
    order by n.change_id, n.id limit $3) x
join customer c on c.id = x.customer_id
order by x.id

-- name: deadlines_by_week
-- How many open deadlines end in each week, no more than $5 counted of one, so that a million cost what thousands do.
-- What may be done from an instant on ends nothing. $1 processors, $2 zone, $3 first Monday, $4 weeks, $5 most.
select w.monday, (
        select count(*) from unnest($1::uuid[]) as tenant (id)
        cross join lateral (
            select from deadline d
            where d.processor_id = any (array[tenant.id]) and d.closed_at is null and d.boundary <> 'from'
                and d.due_at > (w.monday::timestamp at time zone $2::text)
                and d.due_at <= ((w.monday + 7)::timestamp at time zone $2::text)
            limit $5) x)::int as count
from (select ($3::date + 7 * n)::date as monday from generate_series(0, $4::int - 1) n) w
order by w.monday

-- name: deadlines_overdue
-- How many open deadlines are overdue, no more than $2 counted. $1 processors.
select count(*)::int as count from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select from deadline d
    where d.processor_id = any (array[tenant.id]) and d.closed_at is null and d.boundary <> 'from'
        and d.due_at <= (select termijn_now())
        and (d.boundary = 'exclusive' or d.due_at < (select termijn_now()))
    limit $2) x

-- name: life_events
-- What happened to an agreement and its notices, the latest first. $1 processors, $2 agreement, $3 limit.
select e.body, s.kind
from (select $2::uuid as id
    union all select n.id from notice n where n.processor_id = any ($1::uuid[]) and n.agreement_id = $2) own
join event e on e.subject_id = own.id
join subject s on s.id = own.id
where e.processor_id = any ($1::uuid[])
order by e.at desc, e.id desc limit $3

-- name: life_deadlines
-- The periods of an agreement that run or ran, the last to end first; what was replaced never ran to its end.
-- $1 processors, $2 agreement, $3 limit.
select d.rule, d.text, d.due_at, d.zone, d.steps, d.closed_at
from (select * from deadline where agreement_id = $2 offset 0) d
where d.processor_id = any ($1::uuid[]) and d.closed_how is distinct from 'replaced'
order by d.due_at desc, d.id limit $3

-- name: counting_facts
-- What agreements say where their terms are blank, and the version that binds them. $1 processors, $2 agreements.
select a.id, a.facts, a.terms_version_id
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from agreement where id = asked.id offset 0) a
where a.processor_id = any ($1::uuid[])
