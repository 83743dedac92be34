-- Audits by the controller.

-- name: load_audit
select u.id, a.terms_version_id, row_to_json(u)::text as entity,
    json_build_object(
        'agreement', row_to_json(a), 'customer', row_to_json(c), 'processor', row_to_json(p))::text as context
from audit u
join agreement a on a.id = u.agreement_id
join customer c on c.id = a.customer_id
join processor p on p.id = u.processor_id
where u.processor_id = any ($1::uuid[]) and u.id = any ($2::uuid[])

-- name: put_audit
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into audit (
    id, processor_id, agreement_id, customer_id, requested_at, channel, origin, indications, authority, auditor,
    warnings, planned_on, scope, nda_signed_on, nda_evidence, reported_at, certificate, findings, cost, cost_clause,
    next_from, closed_at, result, cost_share)
select
    id, processor_id, agreement_id, customer_id, requested_at, channel, origin, indications, authority, auditor,
    warnings, planned_on, scope, nda_signed_on, nda_evidence, reported_at, certificate, findings, cost, cost_clause,
    next_from, closed_at, result, cost_share
from jsonb_populate_recordset(jsonb_populate_record(null::audit, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    agreement_id = excluded.agreement_id, customer_id = excluded.customer_id, requested_at = excluded.requested_at,
    channel = excluded.channel, origin = excluded.origin, indications = excluded.indications,
    authority = excluded.authority, auditor = excluded.auditor, warnings = excluded.warnings,
    planned_on = excluded.planned_on, scope = excluded.scope, nda_signed_on = excluded.nda_signed_on,
    nda_evidence = excluded.nda_evidence, reported_at = excluded.reported_at, certificate = excluded.certificate,
    findings = excluded.findings, cost = excluded.cost, cost_clause = excluded.cost_clause,
    next_from = excluded.next_from, closed_at = excluded.closed_at, result = excluded.result,
    cost_share = excluded.cost_share

-- name: list_audits
-- Audits. $2 limit, $3 after id, $4 agreement, $5 customer, $6 state or null.
-- by requested_at timestamptz: b.requested_at, b.id join audit b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'audit'
-- among agreement_id: select id from audit where agreement_id = $2
-- among customer_id: select id from audit where customer_id = $2
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'audit' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from audit_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.agreement_id = $4)
        and ($5::uuid is null or x.customer_id = $5)
        and ($6::text is null or x.state = $6)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_audit
-- $2 id.
select * from audit_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: audits_since
-- Other audits of an agreement that were carried out, or are to be, in a year. $1 processors, $2 agreement,
-- $3 first and $4 last instant of the year.
select u.id from audit u join subject s on s.id = u.id
where u.processor_id = any ($1::uuid[]) and u.agreement_id = $2
    and (s.open or u.reported_at is not null)
    and coalesce(u.reported_at, u.requested_at) >= $3 and coalesce(u.reported_at, u.requested_at) < $4

-- name: last_audit_before
-- When the last audit of an agreement was that was carried out, or is to be. $1 processors, $2 agreement, $3 instant.
select max(coalesce(u.reported_at, u.requested_at)) from audit u join subject s on s.id = u.id
where u.processor_id = any ($1::uuid[]) and u.agreement_id = $2
    and (s.open or u.reported_at is not null) and coalesce(u.reported_at, u.requested_at) <= $3

-- name: audits_of_customer
-- $1 processors, $2 customer, $3 its contact.
select u.id, row_to_json(u)::text as audit, s.state, s.open, a.terms_version_id
from audit u
join subject s on s.id = u.id
join agreement a on a.id = u.agreement_id
where u.processor_id = any ($1::uuid[]) and a.customer_id = $2 and $3::uuid is not null
order by u.id desc
limit 50
