-- outside a transaction
-- The tasks of those who decide, in the order of the list.
drop index concurrently if exists task_by_role;
create index concurrently task_by_role on task (
    (case when role is not null then processor_id end), role, id);
