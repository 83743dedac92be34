-- What the pages show and the little they need besides commands. A link names its tenant by itself.

-- name: open_link
-- What a token opens, if it is alive and for this purpose; the transaction sees that processor from here on.
-- $1 SHA-256 of the token, $2 purpose.
select l.id, l.processor_id, l.customer_id, l.contact_id, l.subject_id,
    set_config('termijn.processors', '{' || l.processor_id::text || '}', true)
from termijn_link($1) l
where l.purpose = $2

-- name: notice_page
-- All of one notice's page in one statement. The token dies with the data: an agreement whose life is over
-- opens nothing. $1 processors, $2 notice, $3 customer of the link, $4 contact of the link.
select termijn_now() as now, s.state, a.terms_version_id, row_to_json(n)::text as notice,
    row_to_json(c)::text as change, row_to_json(a)::text as agreement, row_to_json(cu)::text as customer,
    row_to_json(p)::text as processor, row_to_json(sp)::text as subprocessor, row_to_json(re)::text as replaced,
    (select e.body from event e
        where e.subject_id = n.id and e.type in (
            'notice.upheld', 'notice.overruled', 'notice.cancelled', 'notice.superseded')
        order by e.seq desc limit 1) as settled,
    (select e.body::json #>> '{data,reason}' from event e
        where e.subject_id = c.id and e.type = 'change.withdrawn' order by e.seq desc limit 1) as withdrawn_why,
    case when c.revision > 1 then (
        select json_agg(e.body::json order by e.seq)::text from event e
        where e.subject_id = c.id and e.type in ('change.created', 'change.amended')) end as texts,
    case when c.revision > 1 then (
        select json_object_agg(o.id, o.name)::text from subprocessor o
        where o.processor_id = c.processor_id and exists (
            select from event e where e.subject_id = c.id and e.type in ('change.created', 'change.amended')
                and strpos(e.body, o.id::text) > 0)) end as names,
    own.id as own_id, own.generation as own_generation
from notice n
join subject s on s.id = n.id
join change c on c.id = n.change_id
join agreement a on a.id = n.agreement_id
join subject sa on sa.id = a.id
join customer cu on cu.id = $3
join processor p on p.id = n.processor_id
left join subprocessor sp on sp.id = c.subprocessor_id
left join subprocessor re on re.id = c.replaces_id
left join link own on own.contact_id = $4 and own.purpose = 'contact' and own.subject_id = $3
    and own.revoked_at is null
where n.processor_id = any ($1::uuid[]) and n.id = $2 and sa.open

-- name: notice_answers
-- What was answered, read after the notice was locked. $1 processors, $2 notice.
select answers::text from notice where processor_id = any ($1::uuid[]) and id = $2

-- name: contact_page
-- All of a contact's own page in one statement. $1 processors, $2 customer, $3 contact, $4 how many notices.
select termijn_now() as now, row_to_json(cu)::text as customer, row_to_json(p)::text as processor,
    (select coalesce(json_agg(json_build_object('agreement', row_to_json(a), 'state', sa.state) order by a.id), '[]')
        from agreement a join subject sa on sa.id = a.id
        where a.customer_id = cu.id and not 'editable' = any (sa.tags))::text as agreements,
    (select coalesce(json_agg(json_build_object(
            'agreement_id', e.agreement_id, 'name', o.name, 'service', o.service, 'country', e.country,
            'since', e.since) order by o.name, e.id), '[]')
        from engagement e
        join agreement a on a.id = e.agreement_id
        join subprocessor o on o.id = e.subprocessor_id
        where a.customer_id = cu.id and e.since <= termijn_now()
            and (e.until is null or e.until > termijn_now()))::text as engagements,
    (select coalesce(json_agg(json_build_object(
            'notice', row_to_json(n), 'state', n.state, 'live', n.live, 'change', row_to_json(c), 'name', sp.name,
            'service', sp.service, 'country', coalesce(c.country, sp.country), 'old', re.name,
            'link_id', l.id, 'generation', l.generation) order by n.id desc), '[]')
        from (
            select n.*, s.state, 'live' = any (s.tags) as live from notice n join subject s on s.id = n.id
            where n.customer_id = cu.id order by n.id desc limit $4) n
        join change c on c.id = n.change_id
        left join subprocessor sp on sp.id = c.subprocessor_id
        left join subprocessor re on re.id = c.replaces_id
        left join link l on l.contact_id = $3 and l.purpose = 'notice' and l.subject_id = n.id
            and l.revoked_at is null)::text as notices
from customer cu
join processor p on p.id = cu.processor_id
where cu.processor_id = any ($1::uuid[]) and cu.id = $2

-- name: agreement_choice
-- What was chosen for the data, read after the agreement was locked. $1 processors, $2 agreement, $3 customer.
select choice ->> 'data' as chosen
from agreement where processor_id = any ($1::uuid[]) and id = $2 and customer_id = $3

-- name: open_public
-- The processor of a public page, if it wants one; the transaction sees it from here on. $1 slug.
select s.id, set_config('termijn.processors', '{' || s.id::text || '}', true)
from termijn_slug($1) as s (id)
where s.id is not null

-- name: public_page
-- Who works for a processor and what is announced: nothing of any customer. $1 processors.
select row_to_json(p)::text as processor, s.created_at,
    (select coalesce(json_agg(row_to_json(u) order by u.name, u.country), '[]') from (
        select o.name, o.service, e.country, min(e.since) as since
        from engagement e join subprocessor o on o.id = e.subprocessor_id
        where e.processor_id = p.id and e.since <= termijn_now()
            and (e.until is null or e.until > termijn_now())
        group by o.id, o.name, o.service, e.country) u)::text as in_use,
    (select coalesce(json_agg(json_build_object(
            'id', c.id, 'kind', c.kind, 'name', o.name, 'service', o.service,
            'country', coalesce(c.country, o.country), 'from_country', c.from_country, 'replaces', re.name,
            'announced_at', c.announced_at, 'effective_on', c.effective_on) order by c.announced_at desc, c.id), '[]')
        from change c
        join subject cs on cs.id = c.id
        join subprocessor o on o.id = c.subprocessor_id
        left join subprocessor re on re.id = c.replaces_id
        where c.processor_id = p.id and 'watched' = any (cs.tags))::text as announced
from processor p
join subject s on s.id = p.id
where p.id = any ($1::uuid[])
