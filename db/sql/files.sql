-- Files that are kept byte for byte.

-- name: file_altered
-- The first whose bytes are here and not those of its digest. $1 processor, or null for all.
select f.id from file f
where ($1::uuid is null or f.processor_id = $1) and f.erased_at is null and f.object_id is null and f.sha256 <> case
    when f.origin <> 'upload' then sha256(f.content)
    else sha256(coalesce((select string_agg(p.bytes, ''::bytea order by p.number) from file_part p
            where p.file_id = f.id), ''::bytea)) end
order by f.id limit 1

-- name: evidence_not_as_named
-- The first file of an event's evidence, or text of an agreement, that is not the one that the event names, or that
-- nothing keeps for it. $1 processor, or null for all.
with named as (
    select e.subject_id, e.seq, (x.said ->> 'id')::uuid as id, x.said ->> 'sha256' as sha256, true as used
    from event e cross join lateral json_array_elements(e.body::json -> 'data' -> 'files') as x (said)
    where ($1::uuid is null or e.processor_id = $1) and strpos(e.body, '"files":[{"id":') > 0
        and json_typeof(e.body::json -> 'data' -> 'files') = 'array'
    union all
    select e.subject_id, e.seq, (e.body::json -> 'data' -> 'text' ->> 'id')::uuid,
        e.body::json -> 'data' -> 'text' ->> 'sha256', false
    from event e
    where ($1::uuid is null or e.processor_id = $1) and e.type in ('agreement.sent', 'agreement.signed')
        and strpos(e.body, '"text":{"id":') > 0
)
select n.subject_id, n.seq, n.id
from named n
left join file f on f.id = n.id
left join file_use u on u.file_id = n.id and u.subject_id = n.subject_id and u.seq = n.seq
where encode(f.sha256, 'hex') is distinct from n.sha256 or n.used and u.file_id is null
order by n.subject_id, n.seq limit 1

-- name: file_not_as_named
-- The first that is not the one that an event of the ledger names. $1 processor, or null for all.
with named as (
    select e.subject_id, e.seq, e.body::json -> 'data' as data
    from event e
    where ($1::uuid is null or e.processor_id = $1) and strpos(e.body, '"inbound_id"') > 0
        and strpos(e.body, '"sha256"') > 0
)
select n.subject_id, n.seq, i.id
from named n
join inbound i on i.id = (n.data ->> 'inbound_id')::uuid
left join file f on f.id = i.file_id
where encode(f.sha256, 'hex') is distinct from n.data ->> 'sha256'
order by n.subject_id, n.seq limit 1

-- name: keep_publication
-- A page on which a change was published, byte for byte. $1 id, $2 processor, $3 digest, $4 name, $5 type, $6 bytes,
-- $7 instant, $8 by whom.
insert into file (id, processor_id, sha256, name, type, size, content, origin, made_at, made_by)
values ($1, $2, $3, $4, $5, octet_length($6::bytea), $6, 'publication', $7, $8)

-- name: publication_file
-- A page on which a change was published. $2 file.
select f.id, f.sha256, f.name, f.type, f.size, f.content
from file f where f.processor_id = any ($1::uuid[]) and f.id = $2 and f.origin = 'publication'

-- name: keep_upload
-- What somebody handed in; its bytes follow in parts. $1 id, $2 processor, $3 digest, $4 name, $5 type, $6 size,
-- $7 instant, $8 by whom, $9 since when something claims it, or null, $10 under which name a store has it, or null.
insert into file (id, processor_id, sha256, name, type, size, origin, made_at, made_by, claimed_at, object_id)
values ($1, $2, $3, $4, $5, $6, 'upload', $7, $8, $9, $10)

-- name: announce_object
-- Before bytes are put into a store: unless a row has come for them by then, they go after a day. $1 name, $2 processor,
-- $3 file.
insert into file_object (id, processor_id, file_id, due_at, next_at)
select $1, $2, $3, go.at, go.at from (select clock_timestamp() + interval '1 day') as go (at)

-- name: vouch_for_object
-- A row has come: no row where it came too late. $1 name.
delete from file_object where id = $1 and tries = 0 returning id

-- name: give_up_object
-- No row came for it, and none will: it goes now, not after a day. $1 name.
update file_object set due_at = clock_timestamp(), next_at = clock_timestamp() where id = $1 and tries = 0

-- name: keep_file_part
-- $1 file, $2 its place, $3 processor, $4 bytes.
insert into file_part (file_id, number, processor_id, bytes) values ($1, $2, $3, $4)

-- name: list_files
-- $2 limit, $3 after id, $4 the subject whose evidence they are.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select f.id, f.processor_id, f.sha256, f.name, f.type, f.size, f.origin, f.made_at, f.made_by, f.erased_at,
        case when f.object_id is null then 'database' else 's3' end as place, f.removed_at, f.altered_at,
        (select coalesce(json_agg(json_build_object('subject', u.subject_id, 'subject_kind', s.kind, 'seq', u.seq,
                'event_id', e.uid) order by u.subject_id, u.seq), '[]')::text
            from file_use u
            join subject s on s.id = u.subject_id
            left join event e on e.subject_id = u.subject_id and e.seq = u.seq
            where u.file_id = f.id) as uses
    from file f
    where f.processor_id = any (array[tenant.id])
        and f.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or f.id in (select u.file_id from file_use u where u.subject_id = $4))
    order by f.processor_id, f.id limit $2) x
order by x.id limit $2

-- name: read_file
-- $2 file. What was handed in has its bytes in parts.
select f.id, f.processor_id, f.sha256, f.name, f.type, f.size, f.origin, f.made_at, f.made_by, f.erased_at, f.content
from file f where f.processor_id = any ($1::uuid[]) and f.id = $2

-- name: file_place
-- Where the bytes of what was handed in lie. $2 file.
select f.id, f.processor_id, f.object_id, f.sha256, f.altered_at, f.erased_at
from file f where f.processor_id = any ($1::uuid[]) and f.id = $2 and f.origin = 'upload'

-- name: set_file_apart
-- The store gives other bytes than were handed in, or none, as long as that is where they lie. $1 processors, $2 file,
-- $3 name there.
update file set altered_at = coalesce(altered_at, termijn_now())
where processor_id = any ($1::uuid[]) and id = $2 and object_id = $3 and erased_at is null

-- name: free_file
-- What was set apart is whole again. $1 processors, $2 file.
update file set altered_at = null where processor_id = any ($1::uuid[]) and id = $2

-- name: files_in_a_store
-- Files whose bytes lie in a store, in the order of their ids. $1 processor, or null for all, $2 after id, $3 limit.
select f.id, f.processor_id, f.object_id, f.sha256, f.size, f.altered_at
from file f
where ($1::uuid is null or f.processor_id = $1) and f.object_id is not null and f.erased_at is null
    and f.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
order by f.id limit $3

-- name: files_in_the_database
-- What was handed in and lies in parts. $1 after id, $2 limit.
select f.id, f.processor_id, f.sha256, f.size
from file f
where f.origin = 'upload' and f.object_id is null and f.erased_at is null
    and f.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
order by f.id limit $2

-- name: lock_file
-- Nobody erases or moves it meanwhile. $1 file.
select id from file where id = $1 for update

-- name: move_to_object
-- From parts into a store, unless it was erased or moved meanwhile. $1 processors, $2 file, $3 name there.
update file set object_id = $3
where processor_id = any ($1::uuid[]) and id = $2 and object_id is null and erased_at is null
returning id

-- name: move_from_object
-- Its parts are here: from a store, unless it was erased or moved meanwhile. $1 processors, $2 file, $3 name there.
update file set object_id = null, altered_at = null
where processor_id = any ($1::uuid[]) and id = $2 and object_id = $3 and erased_at is null
returning id

-- name: take_objects
-- Objects that have to go, the longest due first, and when to try again unless they do. $1 limit.
update file_object o
set tries = o.tries + 1,
    next_at = clock_timestamp() + least(interval '1 minute' * power(2, least(o.tries, 10)), interval '1 hour')
where o.id = any (array(
    select id from file_object where next_at <= clock_timestamp() order by next_at, id limit $1 for update skip locked))
returning o.id, o.file_id

-- name: object_removed
-- It is gone; of a file that was erased that goes on record, once no other of its objects is left. $1 name, $2 file.
with gone as (delete from file_object where id = $1 returning id)
update file f set removed_at = termijn_now()
from gone where f.id = $2 and f.erased_at is not null and f.removed_at is null
    and not exists (select from file_object o where o.file_id = f.id and o.id <> gone.id)

-- name: forget_objects
-- After a restore without the store: what had to go from it is nobody's here.
delete from file_object

-- name: count_files
-- How many files lie where, and what is to be seen to.
select count(*) filter (where object_id is null) as here, coalesce(sum(size) filter (where object_id is null), 0)::bigint
        as here_bytes,
    count(object_id) as there, coalesce(sum(size) filter (where object_id is not null), 0)::bigint as there_bytes,
    count(altered_at) as altered,
    (select count(*) from file_object where due_at <= clock_timestamp()) as due
from file where origin = 'upload' and erased_at is null

-- name: file_parts
-- $2 file.
select p.bytes from file_part p where p.processor_id = any ($1::uuid[]) and p.file_id = $2 order by p.number

-- name: claim_files
-- Files that are about to become evidence; what was handed in stays from now on, also where it is swept at this moment.
-- $2 files, $3 instant.
with claimed as (
    update file f set claimed_at = coalesce(f.claimed_at, $3)
    where f.processor_id = any ($1::uuid[]) and f.id = any ($2::uuid[]) and f.origin = 'upload' and f.erased_at is null
    returning f.id, f.sha256, f.name
)
select id, sha256, name from claimed
union all
select f.id, f.sha256, f.name
from file f
where f.processor_id = any ($1::uuid[]) and f.id = any ($2::uuid[]) and f.origin = 'inbound' and f.erased_at is null

-- name: use_files
-- The events whose evidence files are. $1 rows as JSON.
insert into file_use (file_id, subject_id, seq, processor_id)
select r.file_id, r.subject_id, r.seq, r.processor_id
from jsonb_to_recordset($1::jsonb) as r (file_id uuid, subject_id uuid, seq integer, processor_id uuid)

-- name: forget_unclaimed_files
-- What was handed in a day ago and became nothing.
update file set name = '', erased_at = termijn_now()
where origin = 'upload' and claimed_at is null and erased_at is null and made_at < termijn_now() - interval '1 day'

-- name: evidence_files
-- $2 subjects.
select u.file_id as id, u.subject_id, u.seq, f.name, f.type, f.size, f.sha256, f.origin, f.made_at, f.made_by, f.erased_at,
    f.removed_at
from file_use u join file f on f.id = u.file_id
where u.processor_id = any ($1::uuid[]) and u.subject_id = any ($2::uuid[])
order by u.subject_id, u.seq, u.file_id

-- name: file_names
-- $2 files.
select f.id, f.name from file f where f.processor_id = any ($1::uuid[]) and f.id = any ($2::uuid[]) and f.erased_at is null

-- name: set_terms_text
-- $1 processor, $2 version of terms, $3 file, $4 instant, $5 by whom; of one that was made of the terms, $6 the digest of
-- their document, $7 its language.
insert into terms_text (processor_id, terms_version_id, file_id, set_at, set_by, made_of, language)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: carry_terms_texts
-- The texts that processors have under a version of everyone's, or their own of that name, hold for its new row too. The
-- last one set counts. $1 processors, $2 the new row.
insert into terms_text (processor_id, terms_version_id, file_id, set_at, set_by, made_of, language)
select distinct on (t.processor_id) t.processor_id, made.id, t.file_id, t.set_at, t.set_by, t.made_of, t.language
from terms_version made
join terms_version v on v.terms = made.terms and v.version = made.version and v.id <> made.id
join terms_text t on t.terms_version_id = v.id and (v.processor_id is null or v.processor_id = t.processor_id)
where made.id = $2 and t.processor_id = any ($1::uuid[])
order by t.processor_id, v.id desc

-- name: carry_texts_taken_in
-- A text that came with an archive holds for the row that the version's name finds here, where that has the same rules:
-- else it would hide the one that has the text. $1 processor.
insert into terms_text (processor_id, terms_version_id, file_id, set_at, set_by, made_of, language)
select distinct on (found.id) t.processor_id, found.id, t.file_id, t.set_at, t.set_by, t.made_of, t.language
from terms_text t
join terms_version v on v.id = t.terms_version_id
cross join lateral (
    select n.id, n.digest from terms_version n
    where n.terms = v.terms and n.version = v.version and (n.processor_id is null or n.processor_id = t.processor_id)
    order by n.id desc limit 1) found
where t.processor_id = $1 and found.id <> v.id and found.digest = v.digest
    and not exists (select from terms_text o where o.processor_id = t.processor_id and o.terms_version_id = found.id)
order by found.id, v.id desc

-- name: terms_text
-- The text of the agreement under a version of terms. $2 version.
select f.id, f.sha256, f.name, f.type, f.size, t.made_of, t.language
from terms_text t join file f on f.id = t.file_id
where t.processor_id = any ($1::uuid[]) and t.terms_version_id = $2

-- name: terms_with_texts
-- Versions of terms whose text a processor has: the row that the version's name finds. $1 processors.
select distinct on (v.terms, v.version) v.id, v.terms, v.version, v.title
from terms_version v
where (v.processor_id is null or v.processor_id = any ($1::uuid[]))
    and exists (select from terms_text t where t.processor_id = any ($1::uuid[]) and t.terms_version_id = v.id)
    and not exists (select from terms_version n where n.terms = v.terms and n.version = v.version and n.id > v.id
        and (n.processor_id is null or n.processor_id = any ($1::uuid[])))
order by v.terms, v.version, v.id desc

-- name: evidence_texts
-- The texts that agreements were sent with and signed, as their events name them. $2 subjects.
select distinct on (f.id) f.id, f.name, f.type, f.size, f.sha256, f.made_at, f.made_by
from event e join file f on f.id = (e.body::json -> 'data' -> 'text' ->> 'id')::uuid
where e.processor_id = any ($1::uuid[]) and e.subject_id = any ($2::uuid[])
    and e.type in ('agreement.sent', 'agreement.signed') and strpos(e.body, '"text":{"id":') > 0
    and f.processor_id = e.processor_id
order by f.id
