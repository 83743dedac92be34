-- Terms versions: never changed, only added to.

-- name: visible_terms
-- The latest version that the processor may see, everyone's or its own. $2 terms, $3 version or null.
select id, version from terms_version
where (processor_id is null or processor_id = any ($1::uuid[])) and terms = $2
    and ($3::text is null or version = $3)
order by id desc
limit 1

-- name: visible_terms_names
select terms, string_agg(distinct version, ', ') as versions from terms_version
where processor_id is null or processor_id = any ($1::uuid[])
group by terms order by terms

-- name: terms_documents
-- Terms versions never change, so each process reads each once. $1 ids.
select id, document::text as document from terms_version where id = any ($1::uuid[])

-- name: insert_terms_version
-- $1 id, $2 processor or null, $3 terms, $4 version, $5 title, $6 document, $7 digest, $8 instant.
insert into terms_version (id, processor_id, terms, version, title, document, digest, created_at)
values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
on conflict do nothing

-- name: library_stored
-- Which of the library's versions are there. $1 terms and $2 digests, in the same order.
select asked.digest from unnest($1::text[], $2::bytea[]) as asked (terms, digest)
where exists (
    select from terms_version v
    where coalesce(v.processor_id, '00000000-0000-0000-0000-000000000000'::uuid)
            = '00000000-0000-0000-0000-000000000000'::uuid
        and v.terms = asked.terms and v.digest = asked.digest)

-- name: terms_known
-- $1 processor, or null for everyone's alone; $2 terms.
select exists (select from terms_version where (processor_id is null or processor_id = $1) and terms = $2)

-- name: list_terms
-- The latest version of each terms that can be seen: a processor's, or ($6 null) everyone's and each one's own.
-- $1 processors, $2 limit, $3 after terms, $4 after id, $5 terms or null, $6 processor or null.
select t.id, t.processor_id, t.terms, t.version, t.title, t.document::text as document, t.created_at
from (
    select distinct on (v.terms, case when $6::uuid is null then v.processor_id end) v.*
    from terms_version v
    where (v.processor_id is null or v.processor_id = any ($1::uuid[]))
        and ($5::text is null or v.terms = $5)
    order by v.terms, case when $6::uuid is null then v.processor_id end, v.id desc
) t
where $3::text is null or (t.terms, t.id) > ($3, $4)
order by t.terms, t.id limit $2

-- name: list_terms_versions
-- Every version, newest first. $1 processors, $2 limit, $3 before id, $4 terms.
select v.id, v.processor_id, v.terms, v.version, v.title, v.document::text as document, v.created_at
from terms_version v
where (v.processor_id is null or v.processor_id = any ($1::uuid[])) and v.terms = $4
    and ($3::uuid is null or v.id < $3)
order by v.id desc limit $2

-- name: read_terms
-- The latest version that a processor sees, or the one of that name. $1 processor or null, $2 terms, $3 version or null.
select id, processor_id, terms, version, title, document::text as document, created_at, digest
from terms_version
where (processor_id is null or processor_id = $1) and terms = $2 and ($3::text is null or version = $3)
order by id desc limit 1

-- name: lock_terms
-- Two new versions of one terms at a time: the second sees the first. $1 terms.
select pg_advisory_xact_lock(hashtext('terms ' || $1))

-- name: texts_before
-- The versions that a change of terms is laid beside: those its notices name; before anybody is told, those that
-- agreements run under; where there are none, the one before it. $1 processors, $2 change.
with asked as (
    select c.id, c.processor_id, c.terms, c.to_version_id from change c
    where c.processor_id = any ($1::uuid[]) and c.id = $2
), told as (
    select n.from_version_id as id, count(*)::integer as agreements
    from asked join notice n on n.change_id = asked.id and n.from_version_id is not null
    group by n.from_version_id
), running as (
    select a.terms_version_id as id, count(*)::integer as agreements
    from asked
    join agreement a on a.processor_id = asked.processor_id and a.terms = asked.terms
        and a.terms_version_id <> asked.to_version_id
    join subject s on s.id = a.id and 'told' = any (s.tags)
    where not exists (select from told)
    group by a.terms_version_id
), before as (
    select v.id, 0 as agreements
    from asked join terms_version v on v.terms = asked.terms and v.id < asked.to_version_id
        and (v.processor_id is null or v.processor_id = asked.processor_id)
    where not exists (select from told) and not exists (select from running)
    order by v.id desc limit 1
)
select id, agreements from told union all select id, agreements from running union all select id, agreements from before
order by id
