-- outside a transaction
-- Tasks that wait, kind by kind, and what waits for a consent that has no period.
drop index concurrently if exists task_waiting_by_kind;
create index concurrently task_waiting_by_kind on task (
    processor_id, kind, (case when due_at is null then 'infinity' else due_at end), id)
    where done_at is null and data ->> 'deadline_id' is null;
drop index concurrently if exists notice_awaiting;
create index concurrently notice_awaiting on notice (processor_id, received_at, id)
    where rule = 'consent' and closes_at is null and outcome is null and received_at is not null;
