-- What a subject belongs to is asked before a write takes its turn, in one round trip instead of a transaction of three.
create function termijn_belongs_to(owners uuid[], wanted uuid) returns table (kind text, parent_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select s.kind, s.parent_id from subject s where s.id = wanted and s.processor_id = any (owners) $$;
revoke execute on function termijn_belongs_to(uuid[], uuid) from public;
grant execute on function termijn_belongs_to(uuid[], uuid) to termijn_api;

-- Outages as far back as one can still concern a window that closes now, and the one under way, if the API has not been
-- heard of for half a minute of real time.
create view recent_outage with (security_invoker) as
select began_at, ended_at from outage where ended_at >= termijn_now() - interval '60 days'
union all
select clock_at, termijn_now() from heartbeat
where beat_at < clock_timestamp() - interval '30 seconds' and clock_at < termijn_now();
grant select on recent_outage to termijn_api, termijn_worker;
