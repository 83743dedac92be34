-- What few agreements, customers and deadlines have in common is found by an index of its own.
create index agreement_by_terms on agreement (processor_id, terms, id);
create index customer_by_country on customer (processor_id, country, id);
create index customer_by_manager on customer (processor_id, manager_id, id) where manager_id is not null;
create index deadline_by_rule on deadline (processor_id, rule, due_at, id) where closed_at is null;
-- What may be done from an instant on is never late: the first of these, for the list of what is not overdue.
create index deadline_from on deadline (processor_id, due_at) where closed_at is null and boundary = 'from';
-- What waits for people of one role, the soonest first: thousands of the other's may come before.
drop index task_waiting;
create index task_waiting on task (processor_id, role, coalesce(due_at, 'infinity'), id)
    where done_at is null and data ->> 'deadline_id' is null;
