-- What the pages show and the little they need besides commands. A link names its tenant by itself.

-- name: open_link
-- What a token opens, if it is alive and for this purpose; the transaction sees that processor from here on.
-- $1 SHA-256 of the token, $2 purpose.
select l.id, l.processor_id, l.customer_id, l.contact_id, l.subject_id,
    set_config('termijn.processors', '{' || l.processor_id::text || '}', true)
from termijn_link($1) l
where l.purpose = $2

-- name: link_opens
-- Whose a living link is and what it opens, whatever for; the transaction sees that processor from here on. $1 SHA-256
-- of the token.
select l.processor_id, l.subject_id, set_config('termijn.processors', '{' || l.processor_id::text || '}', true)
from termijn_link($1) l

-- name: notice_page
-- All of one notice's page in one statement: the notice itself first, then those that belong to it, of the same
-- announcement or change, to which the same contact has a living link (P19). The token dies with the data: an
-- agreement whose life is over opens nothing. $1 processors, $2 notice, $3 customer of the link, $4 contact of the
-- link, $5 how many others at most.
with own as (
    select n.change_id, c.announcement_id
    from (select * from notice where id = $2 offset 0) n
    cross join lateral (select announcement_id from change where id = n.change_id offset 0) c
    where n.processor_id = any ($1::uuid[])
), shown as (
    select $2::uuid as id, null::uuid as link_id
    union all
    (select l.subject_id, l.id
        from own
        cross join lateral (select * from link where contact_id = $4 and purpose = 'notice' offset 0) l
        cross join lateral (select change_id from notice where id = l.subject_id offset 0) x
        cross join lateral (select id, announcement_id from change where id = x.change_id offset 0) k
        where l.customer_id = $3 and l.revoked_at is null and l.subject_id <> $2
            and (k.id = own.change_id or k.announcement_id = own.announcement_id)
        order by l.subject_id limit $5)
)
select termijn_now() as now, shown.link_id, s.state, a.terms_version_id, n.from_version_id, c.to_version_id,
    row_to_json(n)::text as notice,
    row_to_json(c)::text as change, row_to_json(a)::text as agreement, row_to_json(cu)::text as customer,
    row_to_json(p)::text as processor, row_to_json(sp)::text as subprocessor, row_to_json(re)::text as replaced,
    (select e.body from event e
        where e.subject_id = n.id and e.type in (
            'notice.upheld', 'notice.overruled', 'notice.cancelled', 'notice.superseded')
        order by e.seq desc limit 1) as settled,
    case when n.closes_at <= termijn_now() then (select coalesce(json_agg(o), '[]') from recent_outage o)
        else '[]' end::text as outages,
    own.id as own_id, own.generation as own_generation, own.token_sha256 as own_kept
from shown
cross join lateral (select * from notice where id = shown.id offset 0) n
cross join lateral (select state from subject where id = n.id offset 0) s
cross join lateral (select * from change where id = n.change_id offset 0) c
left join lateral (select changes from announcement where id = c.announcement_id offset 0) an on true
cross join lateral (select * from agreement where id = n.agreement_id offset 0) a
cross join lateral (select open from subject where id = a.id offset 0) sa
cross join lateral (select * from customer where id = $3 offset 0) cu
cross join lateral (select * from processor where id = n.processor_id offset 0) p
left join lateral (select * from subprocessor where id = c.subprocessor_id offset 0) sp on true
left join lateral (select * from subprocessor where id = c.replaces_id offset 0) re on true
left join lateral (
    select id, generation, token_sha256 from link
    where contact_id = $4 and purpose = 'contact' and subject_id = $3 and revoked_at is null offset 0) own on true
where n.processor_id = any ($1::uuid[]) and sa.open
order by n.id <> $2, array_position(an.changes, c.id), c.id, a.id

-- name: contact_page
-- All of a contact's own page in one statement. $1 processors, $2 customer, $3 contact, $4 how many notices.
select termijn_now() as now, row_to_json(cu)::text as customer, row_to_json(p)::text as processor, own.generation,
    (select coalesce(json_agg(json_build_object(
            'agreement', row_to_json(a), 'state', sa.state, 'link_id', l.id, 'generation', l.generation,
            'kept', encode(l.token_sha256, 'hex'),
            'outages', case when a.ended_at is not null and a.deleted_at is null then (
                select coalesce(json_agg(o), '[]') from recent_outage o) else '[]' end,
            'text', case when f.id is not null then json_build_object(
                'id', f.id, 'sha256', encode(f.sha256, 'hex'), 'name', f.name, 'size', f.size) end) order by a.id), '[]')
        from agreement a join subject sa on sa.id = a.id
        left join terms_text t on t.processor_id = a.processor_id and t.terms_version_id = a.terms_version_id
        left join file f on f.id = t.file_id
        left join link l on l.contact_id = $3 and l.purpose = 'signature' and l.subject_id = a.id
            and l.revoked_at is null
        where a.customer_id = cu.id and not 'editable' = any (sa.tags))::text as agreements,
    (select coalesce(json_agg(json_build_object(
            'agreement_id', e.agreement_id, 'id', o.id, 'name', o.name, 'service', o.service, 'service_in', o.service_in,
            'country', e.country, 'address', o.address, 'contact', o.contact, 'since', e.since,
            'until', case when e.until <= termijn_now() then e.until end,
            -- What rests on a notice waits until it is bound to the same duties.
            'waits', e.basis <> 'signature' and not coalesce(o.bound_on <= (termijn_now() at time zone (
                select timezone from processor where id = e.processor_id))::date, false)) order by o.name, e.id), '[]')
        from engagement e
        join agreement a on a.id = e.agreement_id
        join subprocessor o on o.id = e.subprocessor_id
        where a.customer_id = cu.id and e.since <= termijn_now()
            and (e.until is null or e.until > termijn_now()
                or e.end_reason = 'agreement_ended' and e.until = a.ended_at))::text as engagements,
    (select coalesce(json_agg(json_build_object(
            'notice', row_to_json(n), 'state', n.state, 'change', row_to_json(c),
            'subprocessor', row_to_json(sp), 'replaced', row_to_json(re),
            'settled', (select e.body::json from event e
                where e.subject_id = n.id and e.type in (
                    'notice.upheld', 'notice.overruled', 'notice.cancelled', 'notice.superseded')
                order by e.seq desc limit 1),
            'link_id', l.id, 'generation', l.generation,
            'kept', encode(l.token_sha256, 'hex')) order by n.id desc), '[]')
        from (
            select n.*, s.state from notice n join subject s on s.id = n.id
            where n.customer_id = cu.id order by n.id desc limit $4) n
        join change c on c.id = n.change_id
        left join subprocessor sp on sp.id = c.subprocessor_id
        left join subprocessor re on re.id = c.replaces_id
        left join link l on l.contact_id = $3 and l.purpose = 'notice' and l.subject_id = n.id
            and l.revoked_at is null)::text as notices,
    -- Of those notices, the agreements that are not among its own any more (P26).
    (select coalesce(json_agg(row_to_json(x)), '[]')
        from agreement x join subject sx on sx.id = x.id
        where x.id in (select n.agreement_id from notice n where n.customer_id = cu.id)
            and (x.customer_id <> cu.id or 'editable' = any (sx.tags)))::text as elsewhere
from customer cu
join processor p on p.id = cu.processor_id
join link own on own.contact_id = $3 and own.purpose = 'contact' and own.subject_id = cu.id
where cu.processor_id = any ($1::uuid[]) and cu.id = $2

-- name: open_public
-- The processor of a public page, if it wants one; the transaction sees it from here on. $1 slug.
select s.id, set_config('termijn.processors', '{' || s.id::text || '}', true)
from termijn_slug($1) as s (id)
where s.id is not null

-- name: public_page
-- Who works for a processor and what is announced: nothing of any customer. $1 processors.
select row_to_json(p)::text as processor, s.created_at,
    (select coalesce(json_agg(row_to_json(u) order by u.name, u.country), '[]') from (
        select o.id, o.name, o.service, o.service_in, e.country, o.address, o.transfer_basis, min(e.since) as since,
            case when bool_and(e.until is not null) then max(e.until) end as until
        from engagement e join subprocessor o on o.id = e.subprocessor_id
        where e.processor_id = p.id and e.since <= termijn_now()
            and (e.until is null or e.until > termijn_now())
            -- What rests on a notice waits until it is bound to the same duties, here as on customers' own pages.
            and (e.basis = 'signature' or o.bound_on <= d.today)
        group by o.id, e.country) u)::text as in_use,
    (select coalesce(json_agg(json_build_object(
            'id', c.id, 'kind', c.kind, 'subprocessor_id', c.subprocessor_id, 'replaces_id', c.replaces_id,
            'name', coalesce(t.said ->> 'name', o.name),
            'service', coalesce(t.said ->> 'service', o.service),
            'service_in', coalesce(case when t.said is null then to_jsonb(o.service_in) else t.said -> 'service_in' end, '{}'),
            'country', coalesce(c.announced -> -1 ->> 'country', c.country, o.country),
            'address', case when t.said is null then o.address else t.said ->> 'address' end,
            'transfer_basis', case when t.said is null then o.transfer_basis else t.said ->> 'transfer_basis' end,
            'from_country', c.from_country,
            'replaces', coalesce(c.announced -> -1 -> 'replaced' ->> 'name', re.name),
            'announced_at', c.announced_at, 'effective_on', c.effective_on,
            'published_at', (
                select min((x ->> 'at')::timestamptz) from jsonb_array_elements(c.publications) x
                where (x ->> 'revision')::integer = c.revision)) order by c.announced_at desc, c.id), '[]')
        from change c
        join subject cs on cs.id = c.id
        join subprocessor o on o.id = c.subprocessor_id
        left join subprocessor re on re.id = c.replaces_id
        cross join lateral (select nullif(c.announced -> -1 -> 'subprocessor', 'null') as said) t
        where c.processor_id = p.id and ('watched' = any (cs.tags)
            or not coalesce(o.bound_on <= d.today, false)
                and exists (select from engagement e where e.change_id = c.id and e.until is null)))::text as announced
from processor p
join subject s on s.id = p.id
cross join lateral (select (termijn_now() at time zone p.timezone)::date as today) d
where p.id = any ($1::uuid[])

-- name: contact_deadlines
-- Open deadlines of a customer's agreements and notices, soonest first. Those of a breach are told with the breach.
-- $1 processors, $2 customer, $3 contact.
select d.id, d.subject_id, d.rule, d.key, d.due_at, d.last_day, d.zone, d.boundary, d.party, d.clause,
    d.steps, a.id as agreement_id, a.terms_version_id, case d.boundary when 'exclusive' then d.due_at <= termijn_now() when 'inclusive' then d.due_at < termijn_now()
        else false end as overdue,
    (select coalesce(array_agg(m ->> 'reference'), '{}') from jsonb_array_elements(a.main_contracts) m) as references,
    c.kind, sp.name, re.name as old
from agreement a
cross join lateral (select * from deadline where agreement_id = a.id offset 0) d
join subject s on s.id = d.subject_id
left join notice n on n.id = d.subject_id
left join change c on c.id = n.change_id
left join subprocessor sp on sp.id = c.subprocessor_id
left join subprocessor re on re.id = c.replaces_id
where a.processor_id = any ($1::uuid[]) and a.customer_id = $2 and $3::uuid is not null and d.closed_at is null
    and s.kind in ('notice', 'agreement')
order by d.due_at, d.id limit 200

-- name: contact_waits
-- Whether a person has still to look at this contact's new address. $1 processors, $2 customer, $3 contact.
select t.id from task t
where t.processor_id = any ($1::uuid[]) and t.about = $2 and t.kind = 'contact_corrected' and t.key = $3::uuid::text
    and t.done_at is null

-- name: asked_before
-- Requests of a contact. $1 processors, $2 what they are about, $3 kind, $4 contact, $5 showing of the page.
select coalesce(bool_or(t.data ->> 'form' = $5), false) as same,
    coalesce(bool_or(t.done_at is null), false) as open
from task t where t.processor_id = any ($1::uuid[]) and t.about = $2 and t.kind = $3 and t.key = $4

-- name: open_spent
-- The erasure that a link confirmed which opens nothing any more; the transaction sees its processor from here on.
-- $1 SHA-256 of the token.
select l.id, l.processor_id, l.customer_id, l.contact_id, l.subject_id,
    set_config('termijn.processors', '{' || l.processor_id::text || '}', true)
from termijn_spent_link($1) l

-- name: open_own_page
-- The own page that a calendar's address comes from; the transaction sees its processor only after its whole token
-- was compared. $1 link.
select l.id, l.processor_id, l.customer_id, l.contact_id, l.subject_id, l.generation from termijn_own_page($1) l

-- name: see_processor
-- The transaction sees this processor from here on. $1 processor.
select set_config('termijn.processors', '{' || $1::uuid::text || '}', true)

-- name: erasure_page
-- All of the page that confirms an erasure. $1 processors, $2 agreement, $3 customer, $4 contact.
select s.state, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(cu)::text as customer,
    row_to_json(p)::text as processor,
    (select coalesce(array_agg(distinct o.name), '{}') from engagement e join subprocessor o on o.id = e.subprocessor_id
        where e.agreement_id = a.id and (e.until is null or e.until > termijn_now()
            or e.end_reason = 'agreement_ended' and e.until = a.ended_at)) as subprocessors,
    own.id as own_id, own.generation as own_generation, own.token_sha256 as own_kept
from agreement a
join subject s on s.id = a.id
join customer cu on cu.id = a.customer_id
join processor p on p.id = a.processor_id
left join link own on own.contact_id = $4 and own.purpose = 'contact' and own.subject_id = $3
    and own.revoked_at is null
where a.processor_id = any ($1::uuid[]) and a.id = $2 and a.customer_id = $3 and s.open

-- name: erasure_asked
-- When this contact last asked for it, and from which showing of the page. $1 processors, $2 agreement, $3 contact.
select m.created_at, m.data ->> 'form' as form from message m
where m.processor_id = any ($1::uuid[]) and m.subject_id = $2 and m.contact_id = $3 and m.kind = 'erase_confirm'
order by m.id desc limit 1

-- name: choice_evidence
-- Where the last choice about the data came from. $1 processors, $2 agreement.
select p.body::json ->> 'evidence' as evidence
from event e join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2 and e.type = 'agreement.chosen'
order by e.seq desc limit 1

-- name: own_page
-- The link to a contact's own page. $1 processors, $2 customer, $3 contact.
select id as own_id, generation as own_generation, token_sha256 as own_kept from link
where processor_id = any ($1::uuid[]) and contact_id = $3 and purpose = 'contact' and subject_id = $2
    and revoked_at is null

-- name: signature_page
-- All of the page on which a customer signs. $1 processors, $2 agreement, $3 customer, $4 contact.
select s.state, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(cu)::text as customer,
    row_to_json(p)::text as processor,
    case when f.id is not null then json_build_object(
        'id', f.id, 'sha256', encode(f.sha256, 'hex'), 'name', f.name, 'size', f.size)::text end as text,
    own.id as own_id, own.generation as own_generation, own.token_sha256 as own_kept
from agreement a
join subject s on s.id = a.id
join customer cu on cu.id = a.customer_id
join processor p on p.id = a.processor_id
left join terms_text t on t.processor_id = a.processor_id and t.terms_version_id = a.terms_version_id
left join file f on f.id = t.file_id
left join link own on own.contact_id = $4 and own.purpose = 'contact' and own.subject_id = $3
    and own.revoked_at is null
where a.processor_id = any ($1::uuid[]) and a.id = $2 and a.customer_id = $3 and not 'editable' = any (s.tags)
