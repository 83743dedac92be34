-- How old a standby is: where primary and standby are in the log of changes.

-- name: place_of_primary
-- Up to where what was committed is safe on disk; whoever was told that it is committed finds it there.
select (pg_current_wal_flush_lsn() - '0/0')::bigint as place, c.system_identifier as system
from pg_control_system() c

-- name: place_of_standby
-- Up to where the log was played; null, and no standby, for a server that is none.
select (pg_last_wal_replay_lsn() - '0/0')::bigint as place, c.system_identifier as system, current_user as role,
    pg_is_in_recovery() as standby
from pg_control_system() c
