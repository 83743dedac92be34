-- Outages of a year instead of 60 days: while an objection stands nothing closes, and it may be taken back long after its
-- window's last day, on which customers could perhaps not answer.
create or replace view recent_outage with (security_invoker) as
select began_at, ended_at from outage where ended_at >= termijn_now() - interval '1 year'
union all
select clock_at, termijn_now() from heartbeat
where beat_at < clock_timestamp() - interval '30 seconds' and clock_at < termijn_now();
