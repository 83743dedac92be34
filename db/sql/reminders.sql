-- What is spoken of again before its end, and after it.

-- name: reminder_settings
-- What processors chose, and the clocks they live by. $1 processors.
select id, timezone, reminders::text as reminders from processor where id = any ($1::uuid[])

-- name: due_reminders
-- One batch of deadlines whose next step has come, held until the commit; those that another worker holds, or
-- that are being closed, are passed over. `carried`: a task about the same subject that reminds of no deadline ends
-- at the same instant, and is spoken of by itself. `waits`: a period of the customer's ends at the same instant, and
-- nothing can be done before that. $1 now, $2 how many, $3 subjects, or null for all.
select d.id, d.processor_id, d.subject_id, d.agreement_id, d.rule, d.text, d.due_at, d.zone, d.calendar, d.party,
    d.clause, d.remind_at, s.kind, s.state, s.parked_at is not null as parked, p.reminders::text as reminders,
    (select c.name from customer c
        where c.id = (select a.customer_id from agreement a where a.id = d.agreement_id)) as customer,
    (select t.id from (select id, done_at from task where id = d.task_id offset 0) t where t.done_at is null) as task_id,
    (select true from (select * from task where about = d.subject_id offset 0) t
        where t.due_at = d.due_at and t.done_at is null and not t.data ? 'deadline_id' limit 1) is not null as carried,
    (select true from (select * from deadline where subject_id = d.subject_id offset 0) c
        where c.due_at = d.due_at and c.party = 'controller' and c.closed_at is null limit 1) is not null as waits
from deadline d
join subject s on s.id = d.subject_id
join processor p on p.id = d.processor_id
where d.remind_at <= $1 and d.closed_at is null and ($3::uuid[] is null or d.subject_id = any ($3))
order by d.remind_at, d.id limit $2
for no key update of d skip locked

-- name: plan_reminders
-- When each is spoken of next, and the task that was opened about it. $1 rows as JSON.
with given as (
    select r.*
    from jsonb_to_recordset($1::jsonb) as r (id uuid, processor_id uuid, remind_at timestamptz, task_id uuid)
    cross join lateral (select processor_id from deadline where id = r.id offset 0) d
    where d.processor_id = r.processor_id
)
update deadline d set remind_at = g.remind_at, task_id = coalesce(g.task_id, d.task_id)
from given g where d.id = g.id

-- name: remind_anew
-- The settings changed: what is open looks for its next step, and nothing is said now. $1 processors.
with tasks as (
    insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
    select uuidv7(), t.processor_id, t.id, 'remind', 'plan_reminders', termijn_now(), 0, 'normal', '{}'
    from task t
    where t.processor_id = any ($1::uuid[]) and t.done_at is null and t.due_at is not null
        and not t.data ? 'deadline_id'
    on conflict (subject_id, name) do update set
        trigger = excluded.trigger, due_at = excluded.due_at, rank = excluded.rank, data = excluded.data
)
update deadline set remind_at = 'epoch'
where processor_id = any ($1::uuid[]) and closed_at is null and boundary <> 'from'
