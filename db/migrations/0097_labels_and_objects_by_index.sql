-- outside a transaction
-- What has a label is found by it, and the row of a file by the object that has its bytes.
drop index concurrently if exists agreement_labelled;
create index concurrently agreement_labelled on agreement using gin (termijn_labelled(processor_id, labels)) where labels <> '{}';
drop index concurrently if exists customer_labelled;
create index concurrently customer_labelled on customer using gin (termijn_labelled(processor_id, labels)) where labels <> '{}';
drop index concurrently if exists file_by_object;
create unique index concurrently file_by_object on file (object_id) where object_id is not null;
drop index concurrently if exists file_altered;
create index concurrently file_altered on file (processor_id, id) where altered_at is not null;
