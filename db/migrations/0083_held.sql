-- outside a transaction
-- Mail of a processor that waits since a restore, which its first page counts each time.
drop index concurrently if exists message_held;
create index concurrently message_held on message (processor_id) where next_at = 'infinity';
