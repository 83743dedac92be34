-- Whether anybody is told of what comes up for a processor: its own people, or an admin, whom row-level security shows to
-- no processor.
create function termijn_is_heard(processor uuid) returns boolean language sql stable security definer
    set search_path = public, pg_temp
    as $$ select termijn_anybody(processor)
              or exists (select from app_user u where u.state = 'active' and u.role = 'admin') $$;
revoke execute on function termijn_is_heard(uuid) from public;
grant execute on function termijn_is_heard(uuid) to termijn_api, termijn_worker;
