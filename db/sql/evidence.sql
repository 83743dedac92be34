-- What an agreement leaves behind: its declaration, and everything that a bundle of evidence is made from.

-- name: read_document
-- $2 subject, $3 kind.
select id, language, number, facts, content, sha256, made_at, erased_at
from document where processor_id = any ($1::uuid[]) and subject_id = $2 and kind = $3

-- name: insert_document
-- Once: who comes second finds what is there. $1 id, $2 processor, $3 subject, $4 kind, $5 language, $6 number,
-- $7 facts, $8 content, $9 digest, $10 instant.
insert into document (id, processor_id, subject_id, kind, language, number, facts, content, sha256, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (subject_id, kind) do nothing

-- name: undeclared
-- Agreements whose data are gone and that have no declaration yet. $1 how many, $2 behind which id.
select a.id, a.processor_id from agreement a
where a.deleted_at is not null and not exists (select from document d where d.subject_id = a.id and d.kind = 'declaration')
    and a.id > $2
order by a.id limit $1

-- name: is_undeclared
-- $2 agreement.
select exists (
    select from agreement a
    where a.processor_id = any ($1::uuid[]) and a.id = $2 and a.deleted_at is not null
        and not exists (select from document d where d.subject_id = a.id and d.kind = 'declaration'))

-- name: declaration_source
-- All that a declaration is made from; the event that closed the agreement's life is the first that left it in the
-- state in which it is. $2 agreement.
select row_to_json(a)::text as agreement, row_to_json(c)::text as customer, row_to_json(p)::text as processor,
    a.processor_id, a.terms_version_id, a.deleted_at, s.state, t.digest, e.seq, e.hash,
    (select coalesce(json_agg(json_build_object(
            'id', x.id, 'name', x.name, 'country', x.country, 'since', x.since, 'until', x.until)
            order by x.name, x.country, x.since), '[]')::text
        from (
            select u.id, u.name, g.country, min(g.since) as since,
                case when bool_and(g.until is not null) then max(g.until) end as until
            from engagement g join subprocessor u on u.id = g.subprocessor_id
            where g.agreement_id = a.id group by u.id, u.name, g.country
        ) x) as engaged
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
join processor p on p.id = a.processor_id
join terms_version t on t.id = a.terms_version_id
left join lateral (
    select seq, hash from event
    where subject_id = a.id and body::json ->> 'after' = s.state order by seq limit 1
) e on true
where a.processor_id = any ($1::uuid[]) and a.id = $2

-- name: evidence_subjects
-- What a bundle about an agreement or a change is made of: it, its notices, what has one of these as its parent, and
-- every task about any of them; then, as records alone, what these rest on: changes, announcements, breaches, the
-- customers and the subprocessors. A kind of its own comes along by its parent. $2 subject.
with root as (
    select s.id, s.kind from subject s where s.processor_id = any ($1::uuid[]) and s.id = $2
), own as (
    select id from root
    union
    select n.id from notice n join root on n.agreement_id = root.id or n.change_id = root.id
), children as (
    select s.id from subject s
    where s.processor_id = any ($1::uuid[]) and s.parent_id in (select id from own)
        and s.kind <> 'task'
        and (s.kind <> 'notice' or s.id in (select id from own))
), whole as (
    select id from own union select id from children
), tasks as (
    select t.id from task t where t.processor_id = any ($1::uuid[]) and t.about in (select id from whole)
), agreements as (
    select a.* from agreement a where a.id in (select id from root)
), changes as (
    select c.* from change c
    where c.id in (select id from root) or c.id in (select n.change_id from notice n join own on own.id = n.id)
), records as (
    select id from changes
    union select announcement_id from changes
    union select breach_id from breach_case where id in (select id from whole)
    union select customer_id from agreements
    union select n.customer_id from notice n join root on n.agreement_id = root.id
    union select unnest(subprocessors) from agreements
    union select e.subprocessor_id from engagement e join root on e.agreement_id = root.id
    union select subprocessor_id from changes
    union select replaces_id from changes
)
select s.id, s.processor_id, s.kind, s.parent_id, s.state, s.version, s.head, s.created_at,
    (e.body::json ->> 'row_form')::integer as row_form
from subject s
left join event e on e.subject_id = s.id and e.seq = s.version
where s.processor_id = any ($1::uuid[]) and s.id in (
    select id from whole union select id from tasks union select id from records)
order by s.id

-- name: evidence_events
-- $2 subjects.
select e.id as place, e.uid, e.subject_id, e.seq, e.tx::text::bigint as tx, e.body, e.previous, e.hash, p.salt, p.body as personal
from event e
left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.subject_id = any ($2::uuid[])
order by e.subject_id, e.seq

-- name: evidence_mails
-- Those about these subjects and those that carried one of them. $2 subjects.
select m.id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.address, m.language, m.counts, m.state, m.message_id,
    m.subject, m.content, m.dated_at, m.created_at, m.tries, m.carried_by,
    (select coalesce(json_agg(json_build_object(
            'at', t.at, 'outcome', t.outcome, 'code', t.code, 'words', t.words) order by t.at, t.id), '[]')::text
        from attempt t where t.message_id = m.id) as attempts
from message m
where m.processor_id = any ($1::uuid[]) and (m.subject_id = any ($2::uuid[]) or m.id in (
    select c.carried_by from message c where c.processor_id = any ($1::uuid[]) and c.subject_id = any ($2::uuid[])))
order by m.id

-- name: evidence_live_links
-- Which of these are tokens of links. $2 digests, $3 links that calendars claim to come from.
select array(select l.token_sha256 from link l
        where l.processor_id = any ($1::uuid[]) and l.token_sha256 = any ($2::bytea[])) as digests,
    array(select l.id from link l where l.processor_id = any ($1::uuid[]) and l.id = any ($3::uuid[])) as links

-- name: evidence_links
-- Links that opened these subjects, without what opens them. $2 subjects.
select l.id, l.customer_id, l.contact_id, l.purpose, l.subject_id, l.generation, l.created_at, l.revoked_at
from link l
where l.processor_id = any ($1::uuid[]) and l.subject_id = any ($2::uuid[])
order by l.id

-- name: evidence_inbound
-- $2 subjects.
select i.id, i.subject_id, i.message_id, i.contact_id, i.kind, i.sender, i.subject_line, i.content, i.external_id,
    i.received_at, i.recorded_at, i.outcome, i.automatic, i.held, i.attachments::text as attachments, i.classified_at,
    i.classified_as, i.classified_by, f.type as file_type, f.sha256
from inbound i
left join file f on f.id = i.file_id
where i.processor_id = any ($1::uuid[]) and (i.subject_id = any ($2::uuid[]) or i.message_id in (
    select m.id from message m where m.processor_id = any ($1::uuid[]) and m.subject_id = any ($2::uuid[])))
order by i.id

-- name: received_content
-- The bytes alone, one message at a time. $2 inbound message.
select f.content from inbound i join file f on f.id = i.file_id
where i.processor_id = any ($1::uuid[]) and i.id = $2

-- name: evidence_deadlines
-- Open ones and closed ones; `reading` says in one text what `readings` says apart, each of which may be in a language
-- of its own. $2 subjects.
select row_to_json(x)::text as deadline
from (
    select d.*, case when r.apart = '{}' and d.reading <> '' then array[d.reading] else r.apart end as readings
    from deadline d
    cross join lateral (
        select array(
            select left(substr(one, length('Reading taken: ') + 1), -1)
            from jsonb_array_elements_text(d.steps) with ordinality as s (one, n)
            where starts_with(one, 'Reading taken: ') order by n) as apart) r
    where d.processor_id = any ($1::uuid[]) and d.subject_id = any ($2::uuid[])) x
order by x.id

-- name: evidence_engagements
-- $2 the agreement or the change.
select row_to_json(e)::text as engagement, u.name as subprocessor
from engagement e join subprocessor u on u.id = e.subprocessor_id
where e.processor_id = any ($1::uuid[]) and (e.agreement_id = $2 or e.change_id = $2)
order by e.id

-- name: evidence_terms
-- The versions that these agreements rest on, and those of the notices' agreements. $2 subjects.
select t.id, t.terms, t.version, t.title, t.document::text as document, t.digest, t.created_at
from terms_version t
where t.id in (
    select a.terms_version_id from agreement a
    where a.processor_id = any ($1::uuid[]) and (a.id = any ($2::uuid[]) or a.id in (
        select n.agreement_id from notice n where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[]))))
order by t.id

-- name: evidence_publications
-- $2 subjects. The pages on which a change was published, in the order in which they were recorded.
select c.id as subject_id, (x.said ->> 'revision')::integer as revision, (x.said ->> 'at')::timestamptz as at,
    x.said ->> 'url' as url, f.id, f.name, f.type, f.sha256, f.made_at, f.content
from change c
cross join jsonb_array_elements(c.publications) with ordinality as x (said, place)
join file f on f.id = (x.said ->> 'file_id')::uuid
where c.processor_id = any ($1::uuid[]) and c.id = any ($2::uuid[]) and f.origin = 'publication'
order by c.id, x.place

-- name: evidence_documents
-- $2 subjects.
select d.id, d.subject_id, d.kind, d.language, d.number, d.facts, d.content, d.sha256, d.made_at, d.erased_at
from document d where d.processor_id = any ($1::uuid[]) and d.subject_id = any ($2::uuid[])
order by d.id

-- name: signed_source
-- All that the record of signatures is made from, but the signatures' own events. $2 agreement.
select row_to_json(a)::text as agreement, row_to_json(c)::text as customer, row_to_json(p)::text as processor,
    a.processor_id, s.state, t.digest, f.name as text_name, e.seq, e.hash
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
join processor p on p.id = a.processor_id
join terms_version t on t.id = a.terms_version_id
left join terms_text x on x.processor_id = a.processor_id and x.terms_version_id = a.terms_version_id
left join file f on f.id = x.file_id
left join lateral (
    select seq, hash from event
    where subject_id = a.id
    order by type = 'agreement.signed' desc, seq desc limit 1) e on true
where a.processor_id = any ($1::uuid[]) and a.id = $2

-- name: signed_events
-- The events by which parties signed, oldest first. $2 agreement.
select e.seq, e.hash, e.body, p.body as personal
from event e left join personal p on p.subject_id = e.subject_id and p.seq = e.seq
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2 and e.type = 'agreement.signed'
order by e.seq

-- name: unrecorded
-- Agreements that both parties signed and of whose signatures there is no record yet; who signed is not
-- erased. $1 how many, $2 behind which id.
select u.agreement_id as id, u.processor_id from unrecorded u
where u.agreement_id > $2
order by u.agreement_id limit $1

-- name: count_unrecorded
-- The same, how many. $1 processors.
select count(*) from unrecorded u where u.processor_id = any ($1::uuid[])

-- name: is_unrecorded
-- Whether signatures of both parties stand there and no record of them does, nor is who signed erased. $2 agreement.
select exists (
    select from agreement a
    where a.processor_id = any ($1::uuid[]) and a.id = $2
        and a.signatures @> '[{"party": "controller"}, {"party": "processor"}]'
        and not exists (select from document d where d.subject_id = a.id and d.kind = 'signed')
        and not exists (select from customer c where c.id = a.customer_id and c.erased_at is not null))
