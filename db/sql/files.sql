-- Files that are kept byte for byte.

-- name: file_altered
-- The first whose bytes are not those of its digest. $1 processor, or null for all.
select f.id from file f
where ($1::uuid is null or f.processor_id = $1) and f.content is not null and sha256(f.content) <> f.sha256
order by f.id limit 1

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
