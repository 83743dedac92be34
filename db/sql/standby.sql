-- How old a standby is: where primary and standby are in the log of changes.

-- name: place_of_primary
-- Up to where what was committed is safe on disk; whoever was told that it is committed finds it there.
-- The first of the three parts of a segment's name is the timeline.
select (pg_current_wal_flush_lsn() - '0/0')::bigint as place, c.system_identifier as system,
    left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) as timeline
from pg_control_system() c

-- name: place_of_standby
-- Up to where the log was played; null, and no standby, for a server that is none. The timeline as of its last
-- restartpoint: later than it was reached, and never before.
select (pg_last_wal_replay_lsn() - '0/0')::bigint as place, c.system_identifier as system, current_user as role,
    pg_is_in_recovery() as standby, lpad(upper(to_hex(k.timeline_id)), 8, '0') as timeline
from pg_control_system() c, pg_control_checkpoint() k
