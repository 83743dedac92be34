-- Lists in the order that a person asks for. An index gives each order; a generated column, since row-level security
-- lets no function into the condition of an index.
alter table customer add column name_sort text generated always as (termijn_plain(name)) stored;
alter table subprocessor add column name_sort text generated always as (termijn_plain(name)) stored;
create index customer_by_name on customer (processor_id, name_sort, id);
create index subprocessor_by_name on subprocessor (processor_id, name_sort, id);
create index subject_by_age on subject (processor_id, kind, created_at, id);
create index change_by_day on change (processor_id, coalesce(effective_on, 'infinity'), id);
create index notice_by_close on notice (processor_id, coalesce(closes_at, 'infinity'), id);
create index task_by_due on task (processor_id, coalesce(due_at, 'infinity'), id);
create index engagement_by_age on engagement (processor_id, since, id);
create index inbound_by_arrival on inbound (processor_id, received_at, id);
create index breach_by_discovery on breach (processor_id, discovered_at, id);
create index request_by_arrival on request (processor_id, received_at, id);
create index audit_by_request on audit (processor_id, requested_at, id);
