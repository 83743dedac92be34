-- The calendar that a key's holder subscribes to: which token of it opens it, 0 where none does.
alter table api_key add column feed integer not null default 0;

-- Before the tenant is known: whose calendar this is. Says nothing of revoked keys.
create function termijn_feed(key uuid)
    returns table (feed integer, processors uuid[]) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select k.feed,
            case when k.processor_id is null then termijn_all_processors() else array[k.processor_id] end
          from api_key k where k.id = key and k.feed > 0 and k.revoked_at is null $$;
revoke execute on function termijn_feed(uuid) from public;
grant execute on function termijn_feed(uuid) to termijn_api;
