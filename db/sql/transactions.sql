-- What a transaction that writes begins with, and what became of one whose connection was lost.

-- name: begin_write
-- The instant it is, and the transaction's own number, by which its outcome can be asked for afterwards.
select termijn_now() as now, pg_current_xact_id()::text as number

-- name: transaction_outcome
-- committed, aborted, in progress, or null where it is too long ago to tell. $1 number.
select pg_xact_status($1::text::xid8)
