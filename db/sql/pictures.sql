-- What pictures on the board are drawn from: counts and a few names, never rows of all agreements.

-- name: change_held
-- How many agreements a change does not go on with: those of which nobody knows yet from when they may be served, and
-- those for which an objection stands. $1 processors, $2 change.
select (coalesce(sum(t.holding), 0) + coalesce(sum(t.count) filter (where t.outcome = 'upheld'), 0))::int
from notice_tally t
where t.processor_id = any ($1::uuid[]) and t.change_id = $2

-- name: change_served
-- From which day how many of its agreements may be served, past days and coming ones. $1 processors, $2 change, $3 zone.
select (x.at at time zone $3::text)::date as day, sum(x.count)::int as count
from (
    select n.at, count(*) as count
    from (
        select coalesce(engaged_at, engages_at) as at, processor_id from notice
        where change_id = any (array[$2::uuid]) and coalesce(engaged_at, engages_at) is not null
        order by change_id, coalesce(engaged_at, engages_at) offset 0) n
    where n.processor_id = any ($1::uuid[])
    group by n.at) x
group by 1 order by 1

-- name: change_holding
-- The first of them, each with where its notice stands. In the order in which they were told. $1 processors, $2 change,
-- $3 limit.
select c.name, x.state
from (select n.id, n.customer_id, s.state from notice n
    cross join lateral (select state, tags from subject where id = n.id offset 0) s
    where n.processor_id = any ($1::uuid[]) and n.change_id = $2
        and (n.outcome = 'upheld' or s.tags && '{live}' and n.engaged_at is null and n.engages_at is null)
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
            where case when d.boundary <> 'from' then d.processor_id end = any (array[tenant.id])
                and d.closed_at is null and d.boundary <> 'from'
                and d.due_at > (w.monday::timestamp at time zone $2::text)
                and d.due_at <= ((w.monday + 7)::timestamp at time zone $2::text)
            order by case when d.boundary <> 'from' then d.processor_id end, d.due_at limit $5) x)::int as count
from (select ($3::date + 7 * n)::date as monday from generate_series(0, $4::int - 1) n) w
order by w.monday

-- name: deadlines_overdue
-- How many open deadlines are overdue, no more than $2 counted. What ends at this very instant is overdue where its end is
-- exclusive. $1 processors.
select count(*)::int as count
from (
    select from unnest($1::uuid[]) as tenant (id)
    cross join lateral (
        select from deadline d
        where case when d.boundary <> 'from' then d.processor_id end = any (array[tenant.id])
            and d.closed_at is null and d.boundary <> 'from' and d.due_at < (select termijn_now())
        order by case when d.boundary <> 'from' then d.processor_id end, d.due_at limit $2) x
    union all
    select from unnest($1::uuid[]) as tenant (id)
    cross join lateral (
        select from deadline d
        where case when d.boundary <> 'from' then d.processor_id end = any (array[tenant.id])
            and d.closed_at is null and d.boundary <> 'from' and d.due_at = (select termijn_now())
            and d.boundary = 'exclusive'
        order by case when d.boundary <> 'from' then d.processor_id end, d.due_at limit $2) x
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
