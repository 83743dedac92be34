-- What an import compares its file with: customers and agreements as they are, and as they were first entered.

-- name: import_customers
-- Those that go by one of these names or keys, now or when they were entered; one that was erased is known no more.
-- $1 processor, $2 names as they are compared, $3 keys: the processor's own numbers.
select c.id, row_to_json(c)::text as entity, e.body as created, p.body as personal
from termijn_customers_entered($1, $2::text[], $3::text[]) as found (id)
cross join lateral (select * from customer where id = found.id offset 0) c
cross join lateral (select body from event where subject_id = c.id and seq = 1 offset 0) e
left join lateral (select body from personal where subject_id = c.id and seq = 1 offset 0) p on true
where c.processor_id = $1 and c.erased_at is null
order by c.id

-- name: import_agreements
-- Those of these customers, now or when they were entered. $1 processor, $2 customers.
select a.id, a.customer_id, row_to_json(a)::text as entity, e.body as created, s.state
from termijn_agreements_entered($1, $2::uuid[]) as found (id)
cross join lateral (select * from agreement where id = found.id offset 0) a
cross join lateral (select state from subject where id = a.id offset 0) s
cross join lateral (select body from event where subject_id = a.id and seq = 1 offset 0) e
where a.processor_id = $1
order by a.id

-- name: import_subprocessors
-- $1 processor.
select row_to_json(s)::text from subprocessor s where s.processor_id = $1 order by s.id

-- name: import_goes_on
-- What an agreement that begins rests on of its customer, read once that one is held. $1 processor, $2 customers.
select c.id, c.merged_into, c.over_at, c.erased_at
from customer c where c.processor_id = $1 and c.id = any ($2::uuid[])
