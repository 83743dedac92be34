-- Matters between the parties, and subprocessors' own notices.

-- name: load_matter
select m.id, a.terms_version_id, row_to_json(m)::text as entity,
    json_build_object(
        'agreement', row_to_json(a), 'customer', row_to_json(c), 'processor', row_to_json(p))::text as context
from matter m
join agreement a on a.id = m.agreement_id
join customer c on c.id = a.customer_id
join processor p on p.id = m.processor_id
where m.processor_id = any ($1::uuid[]) and m.id = any ($2::uuid[])

-- name: put_matter
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into matter (
    id, processor_id, agreement_id, customer_id, kind, raised_by, clause, subject, text, country, form, raised_at,
    channel, origin, due_at, answers, outcome, answered_at, closed_at, closed_why, erase_by, keep_until)
select
    id, processor_id, agreement_id, customer_id, kind, raised_by, clause, subject, text, country, form, raised_at,
    channel, origin, due_at, answers, outcome, answered_at, closed_at, closed_why, erase_by, keep_until
from jsonb_populate_recordset(jsonb_populate_record(null::matter, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    agreement_id = excluded.agreement_id, customer_id = excluded.customer_id, kind = excluded.kind,
    raised_by = excluded.raised_by, clause = excluded.clause, subject = excluded.subject, text = excluded.text,
    country = excluded.country, form = excluded.form, raised_at = excluded.raised_at, channel = excluded.channel,
    origin = excluded.origin, due_at = excluded.due_at, answers = excluded.answers, outcome = excluded.outcome,
    answered_at = excluded.answered_at, closed_at = excluded.closed_at, closed_why = excluded.closed_why,
    erase_by = excluded.erase_by, keep_until = excluded.keep_until

-- name: list_matters
-- Matters. $2 limit, $3 after id, $4 agreement, $5 customer, $6 kind, $7 outcome, $8 state or null.
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'matter'
-- among agreement_id: select id from matter where agreement_id = $2
-- among customer_id: select id from matter where customer_id = $2
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'matter' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from matter_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.agreement_id = $4)
        and ($5::uuid is null or x.customer_id = $5)
        and ($6::text is null or x.kind = $6)
        and ($7::text is null or x.outcome = $7)
        and ($8::text is null or x.state = $8)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_matter
-- $2 id.
select * from matter_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: consent_for_place
-- The yes on record for a country, the newest first. $1 processors, $2 agreement, $3 country.
select m.id, m.answered_at from matter m join subject s on s.id = m.id
where m.processor_id = any ($1::uuid[]) and m.agreement_id = $2 and m.country = $3
    and m.kind = 'storage_consent' and m.outcome = 'consent' and s.open
order by m.answered_at desc limit 1

-- name: matters_of_customer
-- $1 processors, $2 customer, $3 its contact.
select m.id, row_to_json(m)::text as matter, s.state, s.open, a.terms_version_id
from matter m
join subject s on s.id = m.id
join agreement a on a.id = m.agreement_id
where m.processor_id = any ($1::uuid[]) and a.customer_id = $2 and $3::uuid is not null
order by m.id desc
limit 50
