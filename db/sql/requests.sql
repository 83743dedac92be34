-- Requests of data subjects.

-- name: load_request
select r.id, a.terms_version_id, row_to_json(r)::text as entity,
    json_build_object(
        'agreement', row_to_json(a), 'customer', row_to_json(c), 'processor', row_to_json(p))::text as context
from request r
join agreement a on a.id = r.agreement_id
join customer c on c.id = a.customer_id
join processor p on p.id = r.processor_id
where r.processor_id = any ($1::uuid[]) and r.id = any ($2::uuid[])

-- name: put_request
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into request (
    id, processor_id, agreement_id, customer_id, kind, received_at, received_from, channel, controller_received_at,
    reference, note, origin, due_at, original_due_at, answer_due_at, written_at, forwarded_at, pauses, extensions,
    settled_at, result, evidence)
select
    id, processor_id, agreement_id, customer_id, kind, received_at, received_from, channel, controller_received_at,
    reference, note, origin, due_at, original_due_at, answer_due_at, written_at, forwarded_at, pauses, extensions,
    settled_at, result, evidence
from jsonb_populate_recordset(jsonb_populate_record(null::request, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    agreement_id = excluded.agreement_id, customer_id = excluded.customer_id, kind = excluded.kind,
    received_at = excluded.received_at, received_from = excluded.received_from, channel = excluded.channel,
    controller_received_at = excluded.controller_received_at, reference = excluded.reference, note = excluded.note,
    origin = excluded.origin, due_at = excluded.due_at, original_due_at = excluded.original_due_at,
    answer_due_at = excluded.answer_due_at, written_at = excluded.written_at, forwarded_at = excluded.forwarded_at,
    pauses = excluded.pauses, extensions = excluded.extensions, settled_at = excluded.settled_at,
    result = excluded.result, evidence = excluded.evidence

-- name: list_requests
-- Requests. $2 limit, $3 after id, $4 agreement, $5 customer, $6 kind, $7 received from, $8 state or null.
-- by received_at timestamptz: b.received_at, b.id join request b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'request'
-- among agreement_id: select id from request where agreement_id = $2
-- among customer_id: select id from request where customer_id = $2
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'request' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from request_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.agreement_id = $4)
        and ($5::uuid is null or x.customer_id = $5)
        and ($6::text is null or x.kind = $6)
        and ($7::text is null or x.received_from = $7)
        and ($8::text is null or x.state = $8)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_request
-- $2 id.
select * from request_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: requests_of_customer
-- What a customer asked for, or was passed on to it. $1 processors, $2 customer, $3 its contact.
select r.id, row_to_json(r)::text as request, s.state, s.open, a.terms_version_id
from request r
join subject s on s.id = r.id
join agreement a on a.id = r.agreement_id
where r.processor_id = any ($1::uuid[]) and a.customer_id = $2 and $3::uuid is not null
order by r.id desc
limit 50
