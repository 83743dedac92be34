-- A processor's rows as a whole: handed over in an archive, taken in from one, erased where it has left.

-- name: tenant_tables
-- Tables with a column that names the processor, with what may be written of each and what it is ordered by.
select c.relname::text as name,
    array(select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
        order by a.attnum) as columns,
    (select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '') as numbered,
    array(select a.attname::text from pg_index i cross join lateral unnest(i.indkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary order by k.place) as key,
    array(select distinct f.confrelid::regclass::text from pg_constraint f
        where f.contype = 'f' and f.conrelid = c.oid and f.confrelid <> c.oid) as refers
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'processor_id' and not a.attisdropped)
order by c.relname

-- name: webhooks_that_sign
-- Webhooks that may send something still, by their addresses. $1 processor.
select w.id, w.url from webhook w join subject s on s.id = w.id and s.open where w.processor_id = $1 order by w.id

-- name: tenant_references
-- What rows of processors name by keys of the database: by which columns, and by which columns it is found.
select f.conrelid::regclass::text as name, f.confrelid::regclass::text as referred,
    array(select a.attname::text from unnest(f.conkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number order by k.place) as columns,
    array(select a.attname::text from unnest(f.confkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number order by k.place) as keys
from pg_constraint f
where f.contype = 'f' and f.connamespace = 'public'::regnamespace
order by 1, 2, 3

-- name: tenant_ids
-- Columns with ids, or lists of them, that no key of the database follows. `listed`: lists.
select c.relname::text as name, a.attname::text as column, a.atttypid = 'uuid[]'::regtype as listed
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    and a.atttypid in ('uuid'::regtype, 'uuid[]'::regtype) and a.attname <> 'processor_id'
    and not exists (select from pg_constraint f
        where f.contype = 'f' and f.conrelid = c.oid and f.conkey = array[a.attnum])
order by c.relname, a.attnum

-- name: archived_processor
-- Of whom an archive is, when it is made, and by which schema. $1 id or slug.
select p.id, p.slug, p.name, termijn_now() as now, (select max(name) from migration) as migration,
    (select count(*) from event e where e.processor_id = p.id) as events
from processor p where p.id::text = $1 or p.slug = $1

-- name: burn_transactions
-- One transaction more, so that numbers given to earlier ones stay behind those of this database.
select pg_current_xact_id()::text::bigint

-- name: place_of_event
-- The number by which the how-manieth event of a processor stands in this database; 0 before the first. $2 how many.
select coalesce((select e.id from event e where e.processor_id = $1 order by e.id offset $2 - 1 limit 1), 0)

-- name: give_up_objects
-- What lies in the installation's store of a processor that leaves has to go from there; nobody's, since nothing of it
-- stays.
with known as (
    update file_object set processor_id = null, due_at = clock_timestamp(), next_at = clock_timestamp()
    where processor_id = $1)
insert into file_object (id, processor_id, file_id, due_at, next_at)
select f.object_id, null, f.id, clock_timestamp(), clock_timestamp()
from file f
where f.processor_id = $1 and f.object_id is not null and f.removed_at is null
on conflict (id) do nothing

-- name: insert_departure
-- $1 former id, $2 manifest's digest, $3 events, $4 rows, $5 when it was archived, $6 now.
insert into departure (former_id, manifest_sha256, events, table_rows, archived_at, erased_at)
values ($1, $2, $3, $4, $5, $6)

-- name: list_departures
-- Who left, the latest first.
select former_id, manifest_sha256, events, table_rows, archived_at, erased_at from departure
order by erased_at desc, former_id
