-- The calendar that a user subscribes to: which token of it opens it, 0 where none does.
alter table app_user add column feed integer not null default 0;

-- Before the tenant is known: whose calendar this is. Says nothing of users who were removed.
create function termijn_user_feed(wanted uuid)
    returns table (feed integer, processors uuid[]) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select u.feed,
            case when u.processor_id is null then termijn_all_processors() else array[u.processor_id] end
          from app_user u where u.id = wanted and u.feed > 0 and u.state = 'active' $$;
revoke execute on function termijn_user_feed(uuid) from public;
grant execute on function termijn_user_feed(uuid) to termijn_api;
