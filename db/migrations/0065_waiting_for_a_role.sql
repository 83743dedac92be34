-- The order of what waits, written with CASE: row-level security lets no COALESCE into the condition of an index.
drop index task_waiting;
create index task_waiting on task (
    processor_id, role, (case when due_at is null then 'infinity' else due_at end), id)
    where done_at is null and data ->> 'deadline_id' is null;
