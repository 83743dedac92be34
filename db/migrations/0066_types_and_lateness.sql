-- outside a transaction
-- Events of a rare type among millions, and deadlines that are not late: those that may be met from an instant on.
-- Written so that nothing but these questions takes them.
drop index concurrently if exists event_by_type;
create index concurrently event_by_type on event ((case when type is not null then processor_id end), type, id);
drop index concurrently if exists deadline_beginning;
create index concurrently deadline_beginning on deadline (
    (case when boundary = 'from' then processor_id end), due_at, id) where closed_at is null and boundary = 'from';
drop index concurrently if exists deadline_from;
