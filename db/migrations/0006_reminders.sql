-- Reminders before an end and escalation after it, as settings of the processor. Null: the program's own defaults.
alter table processor add column reminders jsonb;

alter table task add column escalated_at timestamptz;

-- When it is spoken of next, and the task that was opened about it. Null: nothing is left to say.
alter table deadline add column remind_at timestamptz, add column task_id uuid;
create index deadline_remind on deadline (remind_at, id) where remind_at is not null and closed_at is null;

-- Those that are open already look for their next step when a worker first comes by.
update deadline set remind_at = 'epoch' where closed_at is null;

create or replace view task_shown with (security_invoker) as
select t.id, t.processor_id, row_to_json(t)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    t.about, t.about_kind, t.kind, t.owner, t.role, t.due_at,
    t.done_at is null and coalesce(t.due_at <= termijn_now(), false) as overdue
from task t join subject s on s.id = t.id;

-- And so do open tasks that have an end.
insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
select uuidv7(), t.processor_id, t.id, 'remind', 'plan_reminders', termijn_now(), 0, 'normal', '{}'
from task t where t.done_at is null and t.due_at is not null
on conflict (subject_id, name) do nothing;
