-- What an import compares its file with: customers and agreements as they are, and as they were first entered.

-- name: import_customers
-- Those that go by one of these names or keys, now or when they were entered; one that was erased is known no more.
-- $1 processor, $2 names as they are compared, $3 keys: the processor's own numbers.
select c.id, row_to_json(c)::text as entity, e.body as created, p.body as personal
from customer c
join event e on e.subject_id = c.id and e.seq = 1
left join personal p on p.subject_id = c.id and p.seq = 1
where c.processor_id = $1 and c.erased_at is null and (
    termijn_name_key(c.name) in (select unnest($2::text[]))
    or termijn_name_key(e.body::json -> 'data' ->> 'name') in (select unnest($2::text[]))
    or termijn_name_key(c.external_id) in (select unnest($3::text[]))
    or termijn_name_key(e.body::json -> 'data' -> 'imported' ->> 'key') in (select unnest($3::text[])))
order by c.id

-- name: import_agreements
-- Those of these customers, now or when they were entered. $1 processor, $2 customers.
select a.id, a.customer_id, row_to_json(a)::text as entity, e.body as created, s.state
from agreement a
join subject s on s.id = a.id
join event e on e.subject_id = a.id and e.seq = 1
where a.processor_id = $1 and (
    a.customer_id in (select unnest($2::uuid[]))
    or (e.body::json -> 'data' ->> 'customer_id') in (select unnest($2::uuid[])::text))
order by a.id

-- name: import_subprocessors
-- $1 processor.
select row_to_json(s)::text from subprocessor s where s.processor_id = $1 order by s.id

-- name: import_goes_on
-- What an agreement that begins rests on of its customer, read once that one is held. $1 processor, $2 customers.
select c.id, c.merged_into, c.over_at, c.erased_at
from customer c where c.processor_id = $1 and c.id = any ($2::uuid[])
