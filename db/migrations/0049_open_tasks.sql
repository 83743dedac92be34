-- The board shows what waits, the soonest first, whatever was done before.
create index task_open on task (processor_id, coalesce(due_at, 'infinity'), id) where done_at is null;
