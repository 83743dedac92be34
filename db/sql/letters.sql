-- Letters that were made for the post, and what people said of having posted them.

-- name: insert_letter
-- $1 id, $2 processor, $3 subject, $4 kind of mail, $5 contact, $6 language, $7 number, $8 facts, $9 content, $10 digest,
-- $11 instant, $12 by whom.
insert into letter (id, processor_id, subject_id, kind, contact_id, language, number, facts, content, sha256, made_at,
    made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: list_letters
-- $2 limit, $3 after id, $4 subject, or null. When one was posted is what the last event says that names it; it is
-- outdated where its notice, which can still move, tells another text by now; one that names none was made of the first.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select l.id, l.processor_id, l.subject_id, l.kind, l.contact_id, l.language, l.number, l.sha256, l.made_at,
        l.made_by, l.erased_at, p.on as posted_on, p.how as posted_how,
        s.open and l.facts is not null
            and coalesce(coalesce((l.facts::json ->> 'revision')::integer, n.first_revision) <> n.revision, false)
            as outdated
    from letter l
    join subject s on s.id = l.subject_id
    left join notice n on n.id = l.subject_id
    left join lateral (
        select e.body::json -> 'data' ->> 'on' as on, e.body::json -> 'data' ->> 'how' as how
        from event e
        where e.subject_id = l.subject_id and e.type like '%.letter\_posted'
            and e.body::json -> 'data' ->> 'letter_id' = l.id::text
        order by e.seq desc limit 1) p on true
    where l.processor_id = any (array[tenant.id])
        and l.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or l.subject_id = $4)
    order by l.processor_id, l.id limit $2) x
order by x.id limit $2

-- name: letters_about
--- The newest letters about each of several. $2 subjects, $3 how many of each.
select x.*
from unnest($2::uuid[]) as about (id)
cross join lateral (
    select l.id, l.subject_id, l.number, l.made_at, l.erased_at, p.on as posted_on, p.how as posted_how
    from letter l
    left join lateral (
        select e.body::json -> 'data' ->> 'on' as on, e.body::json -> 'data' ->> 'how' as how
        from event e
        where e.subject_id = l.subject_id and e.type like '%.letter\_posted'
            and e.body::json -> 'data' ->> 'letter_id' = l.id::text
        order by e.seq limit 1) p on true
    where l.subject_id = about.id and l.processor_id = any ($1::uuid[])
    order by l.id desc limit $3) x
order by x.id desc

-- name: read_letter
-- $2 letter.
select l.id, l.subject_id, l.number, l.content, l.sha256, l.made_at, l.erased_at,
    (l.facts::json ->> 'revision')::integer as revision
from letter l where l.processor_id = any ($1::uuid[]) and l.id = $2

-- name: letter_postings
-- $2 subject. What is on record of posting letters about it, in its order: whether that was taken for the sending of
-- which text, and whether the subject has stood where it stands since.
select (e.body::json -> 'data' ->> 'letter_id')::uuid as letter_id, (e.body::json -> 'data' ->> 'on')::date as on,
    e.body::json -> 'data' ->> 'sent_at' is not null as sent, (e.body::json -> 'data' ->> 'revision')::integer as revision,
    not exists (
        select from event o
        where o.subject_id = e.subject_id and o.seq > e.seq
            and o.body::json ->> 'after' is distinct from e.body::json ->> 'after') as stands
from event e
where e.processor_id = any ($1::uuid[]) and e.subject_id = $2 and e.type like '%.letter\_posted'
order by e.seq

-- name: evidence_letters
-- $2 subjects.
select l.id, l.subject_id, l.kind, l.contact_id, l.language, l.number, l.facts, l.content, l.sha256, l.made_at,
    l.made_by, l.erased_at
from letter l where l.processor_id = any ($1::uuid[]) and l.subject_id = any ($2::uuid[])
order by l.id

-- name: letter_not_as_named
-- The first letter whose bytes are not those of its digest, or that is not the one that an event names, or is not there.
-- $1 processor, or null for all.
with named as (
    select e.subject_id, e.seq, (e.body::json -> 'data' ->> 'letter_id')::uuid as id,
        e.body::json -> 'data' ->> 'letter_sha256' as sha256
    from event e
    where ($1::uuid is null or e.processor_id = $1) and (e.type like '%.letter\_written' or e.type like '%.letter\_posted')
)
select n.subject_id, n.seq, n.id
from named n
left join letter l on l.id = n.id and l.subject_id = n.subject_id
where encode(l.sha256, 'hex') is distinct from n.sha256 or l.content is not null and sha256(l.content) <> l.sha256
order by n.subject_id, n.seq limit 1
