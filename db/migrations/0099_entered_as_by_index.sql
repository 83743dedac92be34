-- outside a transaction
-- What an import finds customers and agreements by, beside their names: their numbers, and what their first event says.
drop index concurrently if exists customer_by_number;
create index concurrently customer_by_number on customer (processor_id, termijn_name_key(external_id))
    where external_id is not null;
drop index concurrently if exists event_customer_entered;
create index concurrently event_customer_entered on event (processor_id, termijn_name_key(body::json -> 'data' ->> 'name'))
    where seq = 1 and type like 'customer.%';
drop index concurrently if exists event_customer_numbered;
create index concurrently event_customer_numbered on event (
    processor_id, termijn_name_key(body::json -> 'data' -> 'imported' ->> 'key'))
    where seq = 1 and type like 'customer.%';
drop index concurrently if exists event_agreement_entered;
create index concurrently event_agreement_entered on event (processor_id, (body::json -> 'data' ->> 'customer_id'))
    where seq = 1 and type like 'agreement.%';
