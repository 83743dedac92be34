-- outside a transaction
-- What is found by parts of words: what is new waits in a short list, which is searched too, and goes in by the hundred.
-- And deadlines as they are counted, by when they end alone: written so that nothing but the counts takes it, and with all
-- that they ask of a row.
drop index concurrently if exists customer_known;
create index concurrently customer_known on customer using gin (
    termijn_parts(processor_id, termijn_customer_words(name_sort, external_id, contacts)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists customer_titled;
create index concurrently customer_titled on customer using gin (
    termijn_parts(processor_id, termijn_customer_title(name_sort, external_id)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists agreement_known;
create index concurrently agreement_known on agreement using gin (
    termijn_parts(processor_id, termijn_agreement_words(terms, external_id, null, main_contracts)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists request_known;
create index concurrently request_known on request using gin (termijn_parts(processor_id, termijn_plain(reference)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists matter_known;
create index concurrently matter_known on matter using gin (termijn_parts(processor_id, termijn_plain(subject)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists audit_known;
create index concurrently audit_known on audit using gin (termijn_parts(processor_id, termijn_plain(auditor)))
    with (gin_pending_list_limit = 256);
drop index concurrently if exists deadline_ending;
create index concurrently deadline_ending on deadline (
    (case when boundary <> 'from' then processor_id end), due_at) include (processor_id, boundary)
    where closed_at is null and boundary <> 'from';
-- The days from which agreements may be served, counted without a look at the rows.
drop index concurrently if exists notice_served;
create index concurrently notice_served on notice (change_id, (coalesce(engaged_at, engages_at)))
    include (engaged_at, engages_at, processor_id) where coalesce(engaged_at, engages_at) is not null;
drop index concurrently if exists notice_by_service;
