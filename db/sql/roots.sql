-- Daily roots of the ledger.

-- name: finished_before
-- Every transaction below this number has ended: among its events nothing can appear any more.
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint

-- name: processors_without_root
-- Those whose last root is of an earlier day, with that root. $1 day.
select p.id, p.id as processor_id, r.number, r.day, r.events, r.root, r.previous, r.to_tx
from processor p
left join lateral (
    select * from ledger_root where processor_id = p.id order by number desc limit 1
) r on true
where r.day is null or r.day < $1
order by p.id

-- name: with_bitmaps
-- For this transaction. The index on transactions knows blocks of rows, which only a bitmap reads: without it all that
-- the processor ever recorded would be.
set local enable_bitmapscan = on

-- name: leaves_between
-- The leaves of a root, 32 bytes each, in the order of the ledger, some of them in a row. $1 processor, $2 from
-- transaction, $3 to transaction, exclusive, $4 leaves of a row.
select string_agg(x.hash, ''::bytea order by x.id) as leaves
from (
    select e.id, e.hash, (row_number() over (order by e.id) - 1) / $4::integer as part from event e
    where e.processor_id = $1 and (e.tx::text::bigint) >= $2 and (e.tx::text::bigint) < $3
) x
group by x.part order by x.part

-- name: places_between
-- Which leaves of a root are these subjects'. $1 processor, $2 $3 transactions as above, $4 subjects.
select x.subject_id, x.seq, x.place from (
    select e.subject_id, e.seq, row_number() over (order by e.id) - 1 as place from event e
    where e.processor_id = $1 and (e.tx::text::bigint) >= $2 and (e.tx::text::bigint) < $3
) x
where x.subject_id = any ($4::uuid[])
order by x.place

-- name: insert_root
insert into ledger_root (processor_id, number, day, from_tx, to_tx, events, root, previous, signature, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, termijn_now())

-- name: all_roots
-- $1 processor or null.
select processor_id, number, day, from_tx, to_tx, events, root, previous, signature, made_at
from ledger_root where $1::uuid is null or processor_id = $1 order by processor_id, number

-- name: list_roots
-- $2 limit, $3 after processor, $4 after number.
select * from ledger_root r
where r.processor_id = any ($1::uuid[])
    and ($3::uuid is null or (r.processor_id, r.number) > ($3, $4::integer))
order by r.processor_id, r.number limit $2

-- name: roots_over
-- Those that cover one of these transactions. $2 transactions, ascending.
select r.* from ledger_root r
where r.processor_id = any ($1::uuid[]) and exists (
    select from unnest($2::bigint[]) as t (tx) where t.tx >= r.from_tx and t.tx < r.to_tx)
order by r.processor_id, r.number

-- name: first_unrooted
-- Since when a processor has events that no root covers; each root follows on the one before. $1 processor or null.
select p.id, u.since, r.day
from processor p
left join lateral (
    select day, to_tx from ledger_root where processor_id = p.id order by number desc limit 1) r on true
cross join lateral (
    select min(e.recorded_at) as since from event e
    where e.processor_id = p.id and (e.tx::text::bigint) >= coalesce(r.to_tx, 0)) u
where u.since is not null and ($1::uuid is null or p.id = $1)
order by p.id

-- name: all_stamps
-- $1 processor or null.
select processor_id, number, token, stamped_at from root_stamp where $1::uuid is null or processor_id = $1 order by processor_id, number

-- name: unstamped_roots
-- The last root of each processor that has no stamp: it names all that were before it.
select r.processor_id, r.number, r.day, r.events, r.root, r.previous
from processor p
cross join lateral (select * from ledger_root where processor_id = p.id order by number desc limit 1) r
where not exists (select from root_stamp s where s.processor_id = r.processor_id and s.number = r.number)
order by r.processor_id

-- name: insert_stamp
-- $1 processor, $2 number, $3 token, $4 instant that the token names.
insert into root_stamp (processor_id, number, token, stamped_at, recorded_at)
values ($1, $2, $3, $4, termijn_now())
on conflict do nothing
