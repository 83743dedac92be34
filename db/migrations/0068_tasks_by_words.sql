-- outside a transaction
-- Written so that nothing but the question for words takes it.
drop index concurrently if exists task_saying;
create index concurrently task_saying on task (
    (case when text is not null then processor_id end), termijn_task_said(text, data), id);
