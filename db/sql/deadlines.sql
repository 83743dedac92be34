-- Deadlines: opened, met, listed.

-- name: list_deadlines
-- Open ones, soonest first. $2 limit, $3 $4 after due instant and id, $5 agreement, $6 subject, $7 rule,
-- $8 party, $9 whether it is overdue, $10 the instant before which it is due, $11 part of the customer's name, or null.
-- among subject: select id from deadline where subject_id = $2
-- among agreement_id: select id from deadline where agreement_id = $2
-- among rule in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from deadline where processor_id = any (array[tenant.id]) and rule = $2 and closed_at is null and (due_at, id) > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')) order by processor_id, rule, due_at, id limit $3) d
-- among party in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from deadline where processor_id = any (array[tenant.id]) and party = $2 and closed_at is null and (due_at, id) > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')) order by processor_id, party, due_at, id limit $3) d
-- among q: select coalesce(d.id, c.id) as id from termijn_customers_called($1, $2, $3) as c (id) left join lateral (select d.id from (select id from agreement where customer_id = c.id offset 0) a cross join lateral (select id from deadline where agreement_id = a.id offset 0) d) d on true
-- among overdue in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select x.id from ((select due_at, id from deadline where processor_id = any (array[tenant.id]) and closed_at is null and due_at <= (select case when $2::boolean then termijn_now() else 'infinity' end) and $2 = case boundary when 'exclusive' then due_at <= termijn_now() when 'inclusive' then due_at < termijn_now() else false end and (due_at, id) > ((select greatest(coalesce($4::timestamptz, '-infinity'), case when $2::boolean then '-infinity' else termijn_now() end)), (select case when coalesce($4::timestamptz, '-infinity') >= case when $2::boolean then '-infinity' else termijn_now() end then coalesce($5::uuid, '00000000-0000-0000-0000-000000000000') else '00000000-0000-0000-0000-000000000000' end)) order by processor_id, due_at, id limit $3) union all (select due_at, id from deadline where case when boundary = 'from' then processor_id end = any (array[tenant.id]) and closed_at is null and boundary = 'from' and not $2 and due_at < (select termijn_now()) and (due_at, id) > (coalesce($4::timestamptz, '-infinity'), coalesce($5::uuid, '00000000-0000-0000-0000-000000000000')) order by case when boundary = 'from' then processor_id end, due_at, id limit $3)) x order by x.due_at, x.id limit $3) d
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join (select case when not $9::boolean then least(termijn_now(), (
    select min(b.due_at) from unnest($1::uuid[]) as o (id)
    cross join lateral (
        select due_at from deadline
        where case when boundary = 'from' then processor_id end = any (array[o.id])
            and closed_at is null and boundary = 'from'
        order by case when boundary = 'from' then processor_id end, due_at, id limit 1) b)) else '-infinity' end as at) begun
cross join lateral (
    select d.id, d.processor_id, d.subject_id, s.kind as subject_kind, d.agreement_id, d.rule, d.key, d.text, d.due_at,
        d.last_day, d.zone, d.boundary, d.party, d.clause, d.reading, d.steps, d.calendar, d.remind_at,
        c.name as customer, (select language from processor where id = d.processor_id) as language,
        case d.boundary when 'exclusive' then d.due_at <= termijn_now() when 'inclusive' then d.due_at < termijn_now()
            else false end as overdue
    from deadline d
    join subject s on s.id = d.subject_id
    left join agreement a on a.id = d.agreement_id
    left join customer c on c.id = a.customer_id
    where d.processor_id = any (array[tenant.id]) and d.closed_at is null
        and (d.due_at, d.id) > (
            greatest(coalesce($3::timestamptz, '-infinity'), begun.at),
            case when coalesce($3::timestamptz, '-infinity') >= begun.at
                then coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
                else '00000000-0000-0000-0000-000000000000' end)
        and ($5::uuid is null or d.agreement_id = $5)
        and ($6::uuid is null or d.subject_id = $6)
        and ($7::text is null or d.rule = $7)
        and ($8::text is null or d.party = $8)
        and d.due_at <= (select case when $9::boolean then termijn_now() else 'infinity' end)
        and ($9::boolean is null
            or $9 = case d.boundary when 'exclusive' then d.due_at <= termijn_now()
                when 'inclusive' then d.due_at < termijn_now() else false end)
        and ($10::timestamptz is null or d.due_at < $10)
        and ($11::text is null or strpos(c.name_sort, (select termijn_plain($11))) > 0)
    order by d.processor_id, d.due_at, d.id limit $2) x
order by x.due_at, x.id limit $2

-- name: list_deadlines_latest
-- The same, latest first. $2 limit, $3 $4 after due instant and id, $5 agreement, $6 subject, $7 rule,
-- $8 party, $9 whether it is overdue, $10 the instant before which it is due, $11 part of the customer's name, or null.
-- among subject: select id from deadline where subject_id = $2
-- among agreement_id: select id from deadline where agreement_id = $2
-- among rule in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from deadline where processor_id = any (array[tenant.id]) and rule = $2 and closed_at is null and (due_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) order by processor_id desc, rule desc, due_at desc, id desc limit $3) d
-- among party in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from deadline where processor_id = any (array[tenant.id]) and party = $2 and closed_at is null and (due_at, id) < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) order by processor_id desc, party desc, due_at desc, id desc limit $3) d
-- among q: select coalesce(d.id, c.id) as id from termijn_customers_called($1, $2, $3) as c (id) left join lateral (select d.id from (select id from agreement where customer_id = c.id offset 0) a cross join lateral (select id from deadline where agreement_id = a.id offset 0) d) d on true
-- among overdue in order: select d.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select x.id from ((select due_at, id from deadline where processor_id = any (array[tenant.id]) and closed_at is null and due_at >= (select case when $2::boolean then '-infinity' else termijn_now() end) and $2 = case boundary when 'exclusive' then due_at <= termijn_now() when 'inclusive' then due_at < termijn_now() else false end and (due_at, id) < ((select least(coalesce($4::timestamptz, 'infinity'), case when $2::boolean then termijn_now() else 'infinity' end)), (select case when coalesce($4::timestamptz, 'infinity') <= case when $2::boolean then termijn_now() else 'infinity' end then coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') else 'ffffffff-ffff-ffff-ffff-ffffffffffff' end)) order by processor_id desc, due_at desc, id desc limit $3) union all (select due_at, id from deadline where case when boundary = 'from' then processor_id end = any (array[tenant.id]) and closed_at is null and boundary = 'from' and not $2 and (due_at, id) < ((select least(coalesce($4::timestamptz, 'infinity'), termijn_now())), (select case when coalesce($4::timestamptz, 'infinity') < termijn_now() then coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') else '00000000-0000-0000-0000-000000000000' end)) order by case when boundary = 'from' then processor_id end desc, due_at desc, id desc limit $3)) x order by x.due_at desc, x.id desc limit $3) d
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select d.id, d.processor_id, d.subject_id, s.kind as subject_kind, d.agreement_id, d.rule, d.key, d.text, d.due_at,
        d.last_day, d.zone, d.boundary, d.party, d.clause, d.reading, d.steps, d.calendar, d.remind_at,
        c.name as customer, (select language from processor where id = d.processor_id) as language,
        case d.boundary when 'exclusive' then d.due_at <= termijn_now() when 'inclusive' then d.due_at < termijn_now()
            else false end as overdue
    from deadline d
    join subject s on s.id = d.subject_id
    left join agreement a on a.id = d.agreement_id
    left join customer c on c.id = a.customer_id
    where d.processor_id = any (array[tenant.id]) and d.closed_at is null
        and (d.due_at, d.id) < (
            coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        and ($5::uuid is null or d.agreement_id = $5)
        and ($6::uuid is null or d.subject_id = $6)
        and ($7::text is null or d.rule = $7)
        and ($8::text is null or d.party = $8)
        and d.due_at <= (select case when $9::boolean then termijn_now() else 'infinity' end)
        and d.due_at >= (select case when not $9::boolean then least(termijn_now(), (
            select min(b.due_at) from unnest($1::uuid[]) as o (id)
            cross join lateral (
                select due_at from deadline
                where case when boundary = 'from' then processor_id end = any (array[o.id])
                    and closed_at is null and boundary = 'from'
                order by case when boundary = 'from' then processor_id end, due_at, id limit 1) b)) else '-infinity' end)
        and ($9::boolean is null
            or $9 = case d.boundary when 'exclusive' then d.due_at <= termijn_now()
                when 'inclusive' then d.due_at < termijn_now() else false end)
        and ($10::timestamptz is null or d.due_at < $10)
        and ($11::text is null or strpos(c.name_sort, (select termijn_plain($11))) > 0)
    order by d.processor_id desc, d.due_at desc, d.id desc limit $2) x
order by x.due_at desc, x.id desc limit $2

-- name: close_deadlines
-- With it goes the task that reminded of it. Looked up by its subject alone: asked for what is open, or for its
-- processor, the planner may take another index and read all that is open.
with met as (
    select d.id, r.how, r.at
    from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, subject_id uuid, rule text, key text, how text, at timestamptz)
    cross join lateral (select * from deadline where subject_id = r.subject_id offset 0) d
    where d.processor_id = r.processor_id and d.rule = r.rule and (r.key is null or d.key = r.key)
        and d.closed_at is null
), closed as (
    update deadline d set closed_at = met.at, closed_how = met.how
    from met where d.id = met.id
    returning d.processor_id, d.task_id, met.at
)
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), c.processor_id, c.task_id, 'drop', 'drop', c.at, 0, 'normal', '{}'
from closed c where c.task_id is not null
on conflict (subject_id, name) do nothing

-- name: open_deadlines
-- One open deadline a rule and key: a new one takes the place of the old, which stays to be read, and the task
-- that reminded of the old one goes.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, subject_id uuid, agreement_id uuid, rule text, key text, text text,
        due_at timestamptz, last_day date, zone text, boundary text, party text, clause text, reading text,
        steps jsonb, calendar text, remind_at timestamptz)
), standing as (
    select d.id
    from given g
    cross join lateral (select * from deadline where subject_id = g.subject_id offset 0) d
    where d.processor_id = g.processor_id and d.rule = g.rule and d.key = g.key and d.closed_at is null
), replaced as (
    update deadline d set closed_at = termijn_now(), closed_how = 'replaced'
    where d.id = any (array(select id from standing))
    returning d.id, d.processor_id, d.task_id
), dropped as (
    insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
    select uuidv7(), o.processor_id, o.task_id, 'drop', 'drop', termijn_now(), 0, 'normal', '{}'
    from replaced o where o.task_id is not null
    on conflict (subject_id, name) do nothing
)
insert into deadline (id, processor_id, subject_id, agreement_id, rule, key, text, due_at, last_day, zone,
    boundary, party, clause, reading, steps, calendar, remind_at)
select g.id, g.processor_id, g.subject_id, g.agreement_id, g.rule, g.key, g.text, g.due_at, g.last_day, g.zone,
    g.boundary, g.party, g.clause, g.reading, g.steps, g.calendar, g.remind_at
from given g where (select count(*) from replaced) >= 0
