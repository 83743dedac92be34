-- The last event of all, whoever asks: behind the last of one processor there may be a million of others, which row-level
-- security would have looked at one by one.
create function termijn_last_event() returns bigint language sql stable security definer
    set search_path = public, pg_temp
    as $$ select coalesce(max(id), 0) from event $$;
revoke execute on function termijn_last_event() from public;
grant execute on function termijn_last_event() to termijn_api, termijn_worker;
