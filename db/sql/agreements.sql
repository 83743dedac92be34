-- Agreements: whole rows, with what a step needs to know around them.

-- name: put_agreement
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into agreement (
    id, processor_id, customer_id, terms, terms_version, terms_version_id, main_contracts, services, subprocessors,
    facts, signatures, entry_closes_at, in_force_since, ended_at, ended_on, end_ground, terminates_at, choice, plan,
    plan_approved_at, mailbox_read_at, holds, deleted_at, cancelled_services, terms_history, adopting,
    end_noticed_at, cure, certificate_asked_at, external_id, joined, labels, choice_until)
select
    id, processor_id, customer_id, terms, terms_version, terms_version_id, main_contracts, services, subprocessors,
    facts, signatures, entry_closes_at, in_force_since, ended_at, ended_on, end_ground, terminates_at, choice, plan,
    plan_approved_at, mailbox_read_at, holds, deleted_at, cancelled_services, terms_history, adopting,
    end_noticed_at, cure, certificate_asked_at, external_id, joined, labels, choice_until
from jsonb_populate_recordset(jsonb_populate_record(null::agreement, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    customer_id = excluded.customer_id, terms = excluded.terms, terms_version = excluded.terms_version,
    terms_version_id = excluded.terms_version_id, main_contracts = excluded.main_contracts,
    services = excluded.services, subprocessors = excluded.subprocessors, facts = excluded.facts,
    signatures = excluded.signatures, entry_closes_at = excluded.entry_closes_at,
    in_force_since = excluded.in_force_since, ended_at = excluded.ended_at, ended_on = excluded.ended_on,
    end_ground = excluded.end_ground, terminates_at = excluded.terminates_at, choice = excluded.choice,
    plan = excluded.plan, plan_approved_at = excluded.plan_approved_at, mailbox_read_at = excluded.mailbox_read_at,
    holds = excluded.holds, deleted_at = excluded.deleted_at, cancelled_services = excluded.cancelled_services,
    terms_history = excluded.terms_history, adopting = excluded.adopting,
    end_noticed_at = excluded.end_noticed_at, cure = excluded.cure,
    certificate_asked_at = excluded.certificate_asked_at, external_id = excluded.external_id,
    joined = excluded.joined, labels = excluded.labels, choice_until = excluded.choice_until

-- name: load_agreement
-- Outages only where something of it closes: the period before its entry into force, a right to end, or the choice about
-- the data where it has ended, or ends by what is worked off now.
select a.id, a.terms_version_id, row_to_json(a)::text as entity,
    json_build_object(
        'customer', row_to_json(c),
        'processor', row_to_json(p),
        'subprocessors', (
            select coalesce(json_agg(row_to_json(s) order by s.id), '[]')
            from (
                select unnest(a.subprocessors) as id
                union select e.subprocessor_id from engagement e where e.agreement_id = a.id) known
            cross join lateral (select * from subprocessor where id = known.id offset 0) s
            where s.processor_id = a.processor_id),
        'cleared', (
            select coalesce(json_agg(distinct e.subprocessor_id), '[]')
            from (select * from engagement where agreement_id = a.id offset 0) e
            cross join lateral (select * from change where subprocessor_id = e.subprocessor_id offset 0) x
            cross join lateral (select open from subject where id = x.id offset 0) xs
            where e.until is not null and not xs.open and x.plan @> '[{"how": "confirmed"}]'
                and (
                    select true from engagement f
                    where f.agreement_id = a.id and f.subprocessor_id = e.subprocessor_id
                        and (f.until is null or f.until > (x.plan -> 0 ->> 'done_at')::timestamptz)
                    limit 1) is null),
        'worked', case when a.ended_at is not null then (
            select coalesce(json_agg(row_to_json(e) order by e.id), '[]')
            from (select * from engagement where agreement_id = a.id offset 0) e
            left join lateral (select tags from subject where id = e.notice_id offset 0) ns on true
            where e.until >= a.ended_at and e.end_reason = 'agreement_ended'
                and (e.notice_id is null or 'live' = any (ns.tags))) else '[]' end,
        'open_notices', (
            select coalesce(json_agg(n.id order by n.id), '[]')
            from (select id from notice where agreement_id = a.id offset 0) n
            cross join lateral (select tags from subject where id = n.id offset 0) ns
            where 'live' = any (ns.tags)),
        'rights', given.rights,
        'versions', (
            select coalesce(json_agg(v.id order by v.id), '[]') from terms_version v
            where v.terms = a.terms and (v.processor_id is null or v.processor_id = a.processor_id)),
        'new_texts', (
            select coalesce(json_agg(json_build_object(
                'notice_id', n.id, 'change_id', x.id, 'version_id', x.to_version_id) order by x.id), '[]')
            from (select id, change_id from notice where agreement_id = a.id offset 0) n
            cross join lateral (select tags from subject where id = n.id offset 0) ns
            cross join lateral (select id, to_version_id from change where id = n.change_id offset 0) x
            where 'live' = any (ns.tags) and x.to_version_id is not null),
        'outages', case when given.closing or a.in_force_since is null or a.deleted_at is null and (
                a.ended_at is not null or a.terminates_at <= termijn_now() or exists (
                    select from jsonb_array_elements(a.main_contracts) m
                    where (m ->> 'ends_on')::date <= termijn_now() + interval '1 day'))
            then (select coalesce(json_agg(o), '[]') from recent_outage o) else '[]' end,
        'text', (
            select json_build_object('id', f.id, 'sha256', encode(f.sha256, 'hex'), 'name', f.name, 'size', f.size)
            from (select file_id from terms_text
                where processor_id = a.processor_id and terms_version_id = a.terms_version_id offset 0) t
            cross join lateral (select * from file where id = t.file_id offset 0) f)
    )::text as context
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from agreement where id = asked.id offset 0) a
cross join lateral (select * from customer where id = a.customer_id offset 0) c
cross join lateral (select * from processor where id = a.processor_id offset 0) p
cross join lateral (
    select coalesce(json_agg(json_build_object(
            'notice_id', n.id, 'rule', r ->> 'rule', 'closes_at', r ->> 'closes_at', 'services', x.services,
            'engages_at', n.engages_at)), '[]') as rights,
        coalesce(bool_or(r ->> 'closes_at' is not null), false) as closing
    from (select * from notice where agreement_id = a.id offset 0) n
    cross join lateral (select tags from subject where id = n.id offset 0) ns
    cross join lateral (select services from change where id = n.change_id offset 0) x
    cross join jsonb_array_elements(n.rights) r
    where 'live' = any (ns.tags) and n.received_at is not null
        and r ->> 'rule' in (
            'amendment.termination', 'overruled.termination', 'objection.termination',
            'subprocessor.termination')) given
where a.processor_id = any ($1::uuid[])

-- name: list_agreements
-- Agreements. $2 limit, $3 after id, $4 customer, $5 terms, $6 terms version, $7 state, $8 part of the customer's
-- name or the processor's own number for it, $9 the instant since which it is there, $10 that number, $11 a
-- label, or null.
-- by customer_name text: b.name_sort, x.id join customer b on b.id = x.customer_id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'agreement'
-- among customer_id: select id from agreement where customer_id = $2
-- among q: select coalesce(a.id, c.id) as id from termijn_customers_called($1, $2, $3) as c (id) left join lateral (select id from agreement where customer_id = c.id offset 0) a on true union all select n.id from termijn_agreements_numbered($1, $2, $3) as n (id)
-- among label: select a.id from termijn_agreements_labelled($1, $2, $3) as a (id)
-- among external_id: select id from agreement where processor_id = any ($1) and external_id = $2
-- among terms in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from agreement where processor_id = any (array[tenant.id]) and terms = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, terms, id limit $3) t
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'agreement' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
select x.*, (select c.name from customer c where c.id = x.customer_id) as customer_name,
    termijn_now() as now,
    (select v.document ->> 'zone' from terms_version v where v.id = x.terms_version_id) as zone
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from agreement_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.customer_id = $4)
        and ($5::text is null or x.terms = $5)
        and ($6::text is null or x.terms_version = $6)
        and ($7::text is null or x.state = $7)
        and ($10::text is null or x.external_id = $10)
        and ($11::text is null or exists (
            select from agreement o cross join unnest(o.labels) l (label) where o.id = x.id and lower(l.label) = lower($11)))
        and ($8::text is null or (
                select strpos(c.name_sort, (select termijn_plain($8))) > 0 from customer c where c.id = x.customer_id)
            or x.id = any (array(select n.id from termijn_agreements_numbered($1, $8, null) as n (id))))
        and ($9::timestamptz is null or x.created_at >= $9)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_agreement
-- $2 id.
select x.*, (select c.name from customer c where c.id = x.customer_id) as customer_name,
    termijn_now() as now,
    (select v.document ->> 'zone' from terms_version v where v.id = x.terms_version_id) as zone
from agreement_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: hold_register
-- One agreement at a time makes the subprocessors that its register names. $1 the processor's id as text.
select pg_advisory_xact_lock(hashtextextended('register:' || $1, 0))

-- name: task_of_item
-- Which item of a plan a task is about. $2 task, $3 what it is about.
select data ->> 'task_id' from task where processor_id = any ($1::uuid[]) and id = $2 and about = $3

-- name: agreement_at_hand
-- An agreement with its state's tags and all that something new about it needs. $1 processors, $2 agreement.
select a.id, a.terms_version_id, s.state, s.tags, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    row_to_json(p)::text as processor
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
join processor p on p.id = a.processor_id
where a.processor_id = any ($1::uuid[]) and a.id = $2
