-- Tasks: what a person must do.

-- name: put_task
-- The whole row, new or as it is now. A new one is told of, where there is anybody to tell.
-- $1 rows as JSON, $2 what they have alike.
with put as (insert into task (
    id, processor_id, about, about_kind, kind, key, text, role, owner, due_at, done_at, note, data, escalated_at)
select
    id, processor_id, about, about_kind, kind, key, text, role, owner, due_at, done_at, note, data, escalated_at
from jsonb_populate_recordset(jsonb_populate_record(null::task, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    about = excluded.about, about_kind = excluded.about_kind, kind = excluded.kind, key = excluded.key,
    text = excluded.text, role = excluded.role, owner = excluded.owner, due_at = excluded.due_at,
    done_at = excluded.done_at, note = excluded.note, data = excluded.data, escalated_at = excluded.escalated_at
returning new.id, new.processor_id, old.id is null as fresh)
insert into concern (id, processor_id, kind, since, next_at)
select id, processor_id, 'task', termijn_now(), termijn_now() from put
where fresh and termijn_is_heard(processor_id)
on conflict (id) do nothing

-- name: load_task
select t.id, row_to_json(t)::text as entity, null::uuid as terms_version_id,
    json_build_object('timezone', p.timezone, 'reminders', p.reminders)::text as context
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from task where id = asked.id offset 0) t
cross join lateral (select * from processor where id = t.processor_id offset 0) p
where t.processor_id = any ($1::uuid[])

-- name: list_tasks
-- Tasks. $2 limit, $3 after id, $4 subject, $5 kind, $6 state, $7 owner, $8 role, $9 whether it is overdue,
-- $10 the instant before which it ends, $11 part of what it says, $12 the instant since which it is there, or null.
-- by due_at timestamptz: coalesce(x.due_at, 'infinity'), x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'task'
-- among subject: select id from task where about = $2
-- among owner in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from task where processor_id = any (array[tenant.id]) and owner = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, owner, id limit $3) t
-- among overdue: select t.id from (select id from task where $2::boolean and processor_id = any ($1::uuid[]) and done_at is null and coalesce(due_at, 'infinity') <= (select termijn_now()) union all select null::uuid from generate_series(1, $3) where not $2) t
-- among role in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from task where case when role is not null then processor_id end = any (array[tenant.id]) and role = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by case when role is not null then processor_id end, role, id limit $3) t
-- among kind in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from task where processor_id = any (array[tenant.id]) and kind = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, id limit $3) t
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'task' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
-- among q in order: select t.id from termijn_tasks_saying($1, $2, $3, $4) as t (id)
select x.*,
    coalesce(
        (select c.name from agreement o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from notice o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from request o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from audit o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from matter o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from breach_case k join agreement o on o.id = k.agreement_id
            join customer c on c.id = o.customer_id where k.id = x.about),
        (select c.name from customer c where c.id = x.about)) as customer_name,
    coalesce(
        (select u.name from change o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from notice n join change o on o.id = n.change_id
            join subprocessor u on u.id = o.subprocessor_id where n.id = x.about),
        (select u.name from upstream o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from watch o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from subprocessor u where u.id = x.about)) as subprocessor_name
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.*, (select k.breach_id from breach_case k where k.id = x.about) as breach_id,
        (select language from processor where id = x.processor_id) as language
    from task_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.about = $4)
        and ($5::text is null or x.kind = $5)
        and ($6::text is null or x.state = $6)
        and ($7::text is null or x.owner = $7)
        and ($8::text is null or x.role = $8)
        and ($9::boolean is null or x.overdue = $9)
        and ($10::timestamptz is null or x.due_at < $10)
        and ($11::text is null or exists (
            select from task t where t.id = x.id and (
                strpos(termijn_plain(t.text), (select termijn_plain($11))) > 0
                or strpos(termijn_plain(t.data ->> ('text_' || (select o.language from processor o where o.id = t.processor_id))), (select termijn_plain($11))) > 0)))
        and ($12::timestamptz is null or x.created_at >= $12)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_task
-- $2 id.
select x.*, (select k.breach_id from breach_case k where k.id = x.about) as breach_id,
    (select language from processor where id = x.processor_id) as language,
    coalesce(
        (select c.name from agreement o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from notice o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from request o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from audit o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from matter o join customer c on c.id = o.customer_id where o.id = x.about),
        (select c.name from breach_case k join agreement o on o.id = k.agreement_id
            join customer c on c.id = o.customer_id where k.id = x.about),
        (select c.name from customer c where c.id = x.about)) as customer_name,
    coalesce(
        (select u.name from change o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from notice n join change o on o.id = n.change_id
            join subprocessor u on u.id = o.subprocessor_id where n.id = x.about),
        (select u.name from upstream o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from watch o join subprocessor u on u.id = o.subprocessor_id where o.id = x.about),
        (select u.name from subprocessor u where u.id = x.about)) as subprocessor_name
from task_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: lock_open_tasks
-- One that somebody finished while its lock was waited for is open no longer: the locked row itself says so.
-- $1 processors, $2 rows as JSON: what tasks are about, their kind, and their key or null for all.
select s.id, s.processor_id, s.parent_id, s.state, s.version, s.head
from (
    select t.id
    from jsonb_to_recordset($2::jsonb) as r (about uuid, kind text, key text)
    cross join lateral (select * from task where about = r.about offset 0) t
    where t.processor_id = any ($1::uuid[]) and t.kind = r.kind and (r.key is null or t.key = r.key)
        and t.done_at is null
    order by t.id
) t
cross join lateral (select * from subject where id = t.id and open for no key update) s
