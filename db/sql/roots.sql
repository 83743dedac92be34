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

-- name: leaves_between
-- The leaves of a root, 32 bytes each, in the order of the ledger, and since when the first was recorded.
-- $1 processor, $2 from transaction, $3 to transaction, exclusive.
select coalesce(string_agg(e.hash, ''::bytea order by e.id), ''::bytea) as leaves, min(e.recorded_at) as since
from event e
where e.processor_id = $1 and (e.tx::text::bigint) >= $2 and (e.tx::text::bigint) < $3

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
select * from ledger_root where $1::uuid is null or processor_id = $1 order by processor_id, number

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
