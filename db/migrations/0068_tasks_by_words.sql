-- outside a transaction
-- What is new waits in a list of at most a megabyte, and is sorted in together: a task has some three hundred of these.
drop index concurrently if exists task_saying;
create index concurrently task_saying on task
    using gin (termijn_gram_numbers(processor_id, termijn_task_words(text, data))) with (gin_pending_list_limit = 1024);
