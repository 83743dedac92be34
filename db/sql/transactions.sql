-- What a transaction that writes begins with, and what became of one whose connection was lost.

-- name: begin_write
-- The instant it is, the transaction's own number, by which its outcome can be asked for afterwards, and since when the
-- server runs: a server that recovers from the end of one of its processes goes on without being started, and begins its
-- statistics anew.
select termijn_now() as now, pg_current_xact_id()::text as number,
       greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time()) as server

-- name: transaction_outcome
-- committed, aborted, in progress, or null where it is too long ago to tell. A server that recovered gives a number once
-- more of which nothing was written, so that of before says nothing then: restarted. $1 number, $2 since when it ran.
select case when greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time()) = $2
            then pg_xact_status($1::text::xid8) else 'restarted' end
