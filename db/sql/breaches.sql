-- Breaches and their cases: one for each agreement that an incident touches.

-- name: load_breach
select b.id, null::uuid as terms_version_id, row_to_json(b)::text as entity,
    json_build_object('cases', (
        select coalesce(json_agg(json_build_object(
            'id', k.id, 'agreement_id', k.agreement_id, 'open', s.open, 'notified', k.notified_at is not null,
            'informed', k.informed_at is not null, 'dropped', k.dropped_why <> '',
            'contents', coalesce(v.document #> '{breach,contents}', '[]'),
            'kinds', coalesce(v.document #> '{breach,kinds}', '[]'), 'kind', k.kind) order by k.id), '[]')
        from breach_case k
        join subject s on s.id = k.id
        join agreement a on a.id = k.agreement_id
        join terms_version v on v.id = a.terms_version_id
        where k.breach_id = b.id))::text as context
from breach b where b.processor_id = any ($1::uuid[]) and b.id = any ($2::uuid[])

-- name: load_breach_case
-- `updates` are its mails with what is new.
select k.id, a.terms_version_id, row_to_json(k)::text as entity,
    json_build_object(
        'breach', row_to_json(b), 'agreement', row_to_json(a), 'customer', row_to_json(c),
        'processor', row_to_json(p), 'subprocessor', row_to_json(u), 'updates', (
            select coalesce(json_agg(json_build_object(
                'at', m.data -> 'reported_at', 'stands', m.state not in ('rejected', 'bounced', 'dropped'))), '[]')
            from message m
            where m.subject_id = k.id and m.kind = 'breach_update' and m.data ? 'reported_at'))::text as context
from breach_case k
join breach b on b.id = k.breach_id
join agreement a on a.id = k.agreement_id
join customer c on c.id = a.customer_id
join processor p on p.id = k.processor_id
left join subprocessor u on u.id = b.subprocessor_id
where k.processor_id = any ($1::uuid[]) and k.id = any ($2::uuid[])

-- name: put_breach
-- The whole row, new or as it is now. A new one is told of, where there is anybody to tell.
-- $1 rows as JSON, $2 what they have alike.
with put as (insert into breach (
    id, processor_id, discovered_at, summary, categories, people_min, people_max, subprocessor_id, contents, updates,
    phase, notified_at, closed_at, conclusion, summary_in, categories_in, conclusion_in, kind)
select
    id, processor_id, discovered_at, summary, categories, people_min, people_max, subprocessor_id, contents, updates,
    phase, notified_at, closed_at, conclusion, summary_in, categories_in, conclusion_in, kind
from jsonb_populate_recordset(jsonb_populate_record(null::breach, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    discovered_at = excluded.discovered_at, summary = excluded.summary, categories = excluded.categories,
    people_min = excluded.people_min, people_max = excluded.people_max, subprocessor_id = excluded.subprocessor_id,
    contents = excluded.contents, updates = excluded.updates, phase = excluded.phase,
    notified_at = excluded.notified_at, closed_at = excluded.closed_at, conclusion = excluded.conclusion,
    summary_in = excluded.summary_in, categories_in = excluded.categories_in, conclusion_in = excluded.conclusion_in,
    kind = excluded.kind
returning new.id, new.processor_id, old.id is null as fresh)
insert into concern (id, processor_id, kind, since, next_at)
select id, processor_id, 'breach', termijn_now(), termijn_now() from put
where fresh and termijn_is_heard(processor_id)
on conflict (id) do nothing

-- name: put_breach_case
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into breach_case (
    id, processor_id, breach_id, agreement_id, customer_id, due_at, own_target, notified_at, informed_at,
    informed_how, late, authority_due_at, calls, receipts, answered_at, told_phase, closed_at, dropped_why,
    report_due_at, reported_at, kind)
select
    id, processor_id, breach_id, agreement_id, customer_id, due_at, own_target, notified_at, informed_at,
    informed_how, late, authority_due_at, calls, receipts, answered_at, told_phase, closed_at, dropped_why,
    report_due_at, reported_at, kind
from jsonb_populate_recordset(jsonb_populate_record(null::breach_case, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    breach_id = excluded.breach_id, agreement_id = excluded.agreement_id, customer_id = excluded.customer_id,
    due_at = excluded.due_at, own_target = excluded.own_target, notified_at = excluded.notified_at,
    informed_at = excluded.informed_at, informed_how = excluded.informed_how, late = excluded.late,
    authority_due_at = excluded.authority_due_at, calls = excluded.calls, receipts = excluded.receipts,
    answered_at = excluded.answered_at, told_phase = excluded.told_phase, closed_at = excluded.closed_at,
    dropped_why = excluded.dropped_why, report_due_at = excluded.report_due_at, reported_at = excluded.reported_at,
    kind = excluded.kind

-- name: list_breaches
-- Breaches. $2 limit, $3 after id, $4 state, $5 subprocessor, $6 agreement or null.
-- by discovered_at timestamptz: b.discovered_at, b.id join breach b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'breach'
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from breach_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or x.state = $4)
        and ($5::uuid is null or x.subprocessor_id = $5)
        and ($6::uuid is null or exists (
            select from breach_case k where k.breach_id = x.id and k.agreement_id = $6))
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_breach
-- $2 id.
select * from breach_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: breach_scope
-- Agreements that a breach may touch, with all that a case needs: those named ($2), else every one in force or
-- still holding data, for a subprocessor's breach ($3) those that it works for or worked for.
-- $1 processor, $4 breach.
select a.id, a.terms_version_id, s.tags, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    exists (select from breach_case k where k.breach_id = $4 and k.agreement_id = a.id) as known
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
where a.processor_id = $1
    and case when $2::uuid[] is not null then a.id = any ($2::uuid[])
        else 'told' = any (s.tags) and ($3::uuid is null or exists (
            select from engagement e
            where e.agreement_id = a.id and e.subprocessor_id = $3 and e.since <= termijn_now())) end
order by a.id

-- name: breach_case_of
-- The case of one agreement, with its customer's contacts. $1 processors, $2 breach, $3 agreement.
select k.id, c.contacts::text as contacts
from breach_case k
join agreement a on a.id = k.agreement_id
join customer c on c.id = a.customer_id
where k.processor_id = any ($1::uuid[]) and k.breach_id = $2 and k.agreement_id = $3

-- name: breaches_of_customer
-- The register that is open to a customer: what it was told of. $1 processors, $2 customer, $3 its contact.
select k.id, row_to_json(b)::text as breach, row_to_json(k)::text as case, ks.open, a.terms_version_id,
    u.name as supplier
from breach_case k
join subject ks on ks.id = k.id
join breach b on b.id = k.breach_id
join agreement a on a.id = k.agreement_id
left join subprocessor u on u.id = b.subprocessor_id
where k.processor_id = any ($1::uuid[]) and a.customer_id = $2 and $3::uuid is not null
    and k.notified_at is not null
order by b.discovered_at desc, k.id

-- name: breach_cases_of_agreement
-- $1 processors, $2 agreement.
select row_to_json(k)::text as entity from breach_case k
where k.processor_id = any ($1::uuid[]) and k.agreement_id = $2 order by k.id

-- name: violations_of_agreement
-- What was put on record as a violation, oldest first. $1 processors, $2 agreement.
select e.uid as id, e.body from event e
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2 and e.type = 'agreement.violation_recorded'
order by e.seq
