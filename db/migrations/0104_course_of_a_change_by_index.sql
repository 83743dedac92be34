-- outside a transaction
-- The course of a change in its order.
drop index concurrently if exists event_by_change;
create index concurrently event_by_change on event (change_id, at, id) where change_id is not null;
