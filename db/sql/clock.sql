-- The one clock, its driver, and when customers could not answer.

-- name: now
select termijn_now()

-- name: clock
select mode, termijn_now() as now, target from clock

-- name: start_clock
-- $1 mode, $2 instant or null. A simulated clock never goes back: an earlier instant is ignored.
update clock set mode = $1, target = null,
    now = case when $1 = 'simulated' then greatest(now, coalesce($2, now, date_trunc('second', clock_timestamp()))) end
returning now

-- name: set_clock
-- While there is no processor yet, any instant. $1 instant.
update clock set now = $1 where mode = 'simulated' and not exists (select from processor)

-- name: aim_clock
-- Where the driver is to go; never back. $1 instant.
update clock set target = greatest(coalesce(target, now), $1)
where mode = 'simulated' and now <= $1
returning target

-- name: tick_clock
-- One step of the driver; never back, never past the target. $1 instant.
update clock set now = greatest(now, least($1, target)) where mode = 'simulated' and target is not null
returning now, target

-- name: clock_arrived
update clock set target = null where mode = 'simulated' and target <= now

-- name: next_instant
-- The earliest thing that waits: a timer, or a message (whose retry pauses run on this clock).
select least(
    (select min(due_at) from timer where not parked),
    (select min(next_at) from message where next_at is not null))

-- name: anything_waiting
-- Locked rows count. $1 now.
select exists (select from timer where due_at <= $1 and not parked)
    or exists (select from message where next_at <= $1)
    or exists (
        select from fan_out f
        where f.finished_at is null and f.parked_at is null and not exists (
            select from fan_out e
            where e.change_id = f.change_id and e.finished_at is null and e.id < f.id))

-- name: heartbeat
-- The API says that it can take answers; a silence of more than half a minute of real time was an outage.
with before as (select beat_at, clock_at from heartbeat),
gap as (
    insert into outage (began_at, ended_at)
    select clock_at, greatest(clock_at, termijn_now()) from before
    where beat_at < clock_timestamp() - interval '30 seconds' returning id
)
insert into heartbeat (beat_at, clock_at) values (clock_timestamp(), termijn_now())
on conflict (one) do update set beat_at = excluded.beat_at, clock_at = excluded.clock_at

-- name: insert_outage
-- $1 from, $2 until.
insert into outage (began_at, ended_at)
select $1::timestamptz, $2::timestamptz where $1::timestamptz < $2::timestamptz

-- name: lock_driver
-- Held by the session: it goes with the process. $1 number.
select pg_try_advisory_lock($1)

-- name: unlock_driver
select pg_advisory_unlock($1)
