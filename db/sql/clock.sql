-- The one clock, its driver, and when customers could not answer.

-- name: now
select termijn_now()

-- name: clock
select mode, termijn_now() as now, target, alarm_at, alarm_seconds from clock

-- name: start_clock
-- $1 mode, $2 instant or null. A simulated clock never goes back: an earlier instant is ignored.
update clock set mode = $1, target = null, alarm_at = null, alarm_by = null, alarm_seconds = null,
    now = case when $1 = 'simulated' then greatest(now, coalesce($2, now, date_trunc('second', clock_timestamp()))) end
returning now

-- name: any_processor
-- Whether anybody uses this database.
select exists (select from processor)

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
-- The earliest thing that waits: a timer, a reminder, or a message (whose retry pauses run on this clock).
select least(
    (select min(due_at) from timer where not parked),
    (select min(remind_at) from deadline where remind_at is not null and closed_at is null),
    (select min(next_at) from message where next_at is not null),
    (select min(next_at) from concern where next_at is not null),
    (select min(next_at) from told where next_at is not null),
    (select min(next_at) from user_mail where next_at is not null),
    (select min(next_at) from chat_post where next_at is not null),
    -- What becomes overdue, where somebody is to be told: an inclusive end is over an instant later.
    (select min(least(
            (select d.due_at + case d.boundary when 'inclusive' then interval '1 microsecond' else interval '0' end
                from deadline d
                where d.processor_id = p.processor_id and d.closed_at is null and d.due_at >= termijn_now()
                    and d.boundary <> 'from' and (d.due_at > termijn_now() or d.boundary = 'inclusive')
                order by d.due_at limit 1),
            (select t.due_at from task t
                where t.processor_id = p.processor_id and t.done_at is null
                    and coalesce(t.due_at, 'infinity') > termijn_now()
                order by coalesce(t.due_at, 'infinity') limit 1)))
        from (select distinct processor_id from app_user where state = 'active' and role in ('director', 'manager')) p),
    (select min(f.next_at) from webhook_feed f join subject s on s.id = f.webhook_id
        where f.tries > 0 and s.tags && '{sends}'),
    (select min(greatest(o.next_at, f.orders_at)) from webhook_order o
        join webhook_feed f on f.webhook_id = o.webhook_id join subject s on s.id = o.webhook_id
        where o.next_at is not null and s.tags && '{sends}'))

-- name: anything_waiting
-- Locked rows count. $1 now.
select exists (select from timer where due_at <= $1 and not parked)
    or exists (select from deadline where remind_at <= $1 and closed_at is null)
    or exists (select from message where next_at <= $1)
    or exists (select from concern where next_at <= $1)
    or exists (select from told where next_at <= $1)
    or exists (select from user_mail where next_at <= $1)
    or exists (select from chat_post where next_at <= $1)
    or exists (
        select from webhook_feed f join subject s on s.id = f.webhook_id
        where s.tags && '{sends}'
            and (f.next_at <= $1 and exists (
                    select from event e where e.processor_id = f.processor_id and e.id > f.cursor)
                or f.orders_at <= $1 and exists (
                    select from webhook_order o where o.webhook_id = f.webhook_id and o.next_at <= $1)))
    or exists (
        select from fan_out f
        where f.finished_at is null and f.parked_at is null
            and (select true from (select * from fan_out where change_id = f.change_id offset 0) e
                where e.finished_at is null and e.id < f.id limit 1) is null
            and (select true from (
                    select * from fan_out
                    where announcement_id = (select c.announcement_id from change c where c.id = f.change_id)
                    offset 0) e
                where e.finished_at is null and e.id < f.id limit 1) is null
            and (select true from announcement x
                cross join unnest(x.changes) as c (id)
                cross join lateral (select trigger from timer where subject_id = c.id offset 0) t
                where x.id = f.announcement_id and t.trigger = 'announced_with' limit 1) is null)

-- name: parts_waiting
-- Which parts of a worker may have something to do at the instant it is: asked instead of all of them, where a clock
-- stops at each. Each says yes too often rather than too seldom: locks and leases are not looked at.
with n as materialized (select termijn_now() as now)
select exists (select from timer where due_at <= n.now) as timers,
    exists (select from fan_out where finished_at is null and parked_at is null) as fan_outs,
    exists (select from deadline where remind_at <= n.now and closed_at is null) as reminders,
    exists (select from concern where next_at <= n.now) or exists (select from told where next_at <= n.now) as concerns,
    exists (select from user_mail where next_at <= n.now) or exists (select from chat_post where next_at <= n.now)
        as people,
    exists (select from message where next_at <= n.now) as messages,
    exists (select from subscription) or exists (select from application) as subscribers,
    exists (select from webhook_feed) or exists (select from webhook_trial where done_at is null) as webhooks,
    exists (select from watch_reading r join subject s on s.id = r.watch_id and s.open where r.next_at <= n.now) as lists
from n

-- name: look_at_clock
-- What time it is, and by how many seconds the clock went further than the time that passed by this machine's own
-- steady clock since it first looked; null before. $1 machine, $2 its steady clock in seconds.
with n as materialized (select termijn_now() as now)
select c.mode, n.now, c.alarm_at is not null as alarmed, coalesce(c.alarm_by = $1, false) as ours,
    extract(epoch from n.now - w.clock_at)::double precision - ($2 - w.steady_at) as drift
from clock c cross join n left join clock_witness w on w.machine = $1

-- name: witness_clock
-- $1 machine, $2 its steady clock in seconds, $3 what the clock says.
insert into clock_witness (machine, steady_at, clock_at) values ($1, $2, $3) on conflict (machine) do nothing

-- name: raise_clock_alarm
-- $1 instant, $2 machine, $3 seconds.
update clock set alarm_at = $1, alarm_by = $2, alarm_seconds = $3 where mode = 'system' and alarm_at is null

-- name: end_clock_alarm
-- The clock agrees again with the machine that raised the alarm. $1 machine.
update clock set alarm_at = null, alarm_by = null, alarm_seconds = null where alarm_by = $1

-- name: confirm_clock
-- A person says that the clock is right: every machine looks at it anew.
with anew as (delete from clock_witness)
update clock set alarm_at = null, alarm_by = null, alarm_seconds = null where alarm_at is not null

-- name: held_timers
-- What is due and cannot be undone, held while there is an alarm.
select count(*) from timer, clock
where lane = 'irreversible' and not parked and due_at <= (select termijn_now()) and alarm_at is not null

-- name: heartbeat
-- The API says that it can take answers; a silence of more than half a minute of real time was an outage, unless
-- the clock stood still meanwhile (a simulated one does). Of several processes that return one writes it down.
with beat as (
    insert into heartbeat (beat_at, clock_at) values (clock_timestamp(), termijn_now())
    on conflict (one) do update set beat_at = excluded.beat_at, clock_at = excluded.clock_at
    returning old.beat_at, old.clock_at
)
insert into outage (began_at, ended_at)
select clock_at, termijn_now() from beat
where beat_at < clock_timestamp() - interval '30 seconds' and clock_at < termijn_now()

-- name: name_work
-- What a worker runs. What never succeeded ages from the moment in which it was first named. $1 pieces of work.
insert into work_done (work, done_at, named_at)
select one, clock_timestamp(), clock_timestamp() from unnest($1::text[]) as one order by one
on conflict (work) do update set named_at = excluded.named_at

-- name: forget_work
-- What has another name by now, or is no longer done.
delete from work_done where named_at < clock_timestamp() - interval '1 day'

-- name: report_work
-- Of several workers the last to succeed counts. $1 pieces of work, $2 how many seconds ago each succeeded.
insert into work_done (work, done_at)
select r.work, clock_timestamp() - make_interval(secs => r.age)
from unnest($1::text[], $2::double precision[]) as r (work, age) order by r.work
on conflict (work) do update set done_at = greatest(work_done.done_at, excluded.done_at)

-- name: ages_of_work
select work, extract(epoch from clock_timestamp() - done_at)::double precision as age from work_done

-- name: insert_outage
-- $1 from, $2 until.
insert into outage (began_at, ended_at)
select $1::timestamptz, $2::timestamptz where $1::timestamptz < $2::timestamptz

-- name: lock_driver
-- Held by the session: it goes with the process. $1 number.
select pg_try_advisory_lock($1)

-- name: unlock_driver
select pg_advisory_unlock($1)
