-- What belongs to no processor (admins' keys, everyone's terms, admins' repeated requests, the clock) is an admin's to
-- write. A process says of each transaction that is none of an admin's: `set local termijn.admin = 'off'`. One of the
-- release before says nothing, and goes on as it did.
create function termijn_admin() returns boolean language sql stable
    as $$ select current_setting('termijn.admin', true) is distinct from 'off' $$;

drop policy tenant on api_key;
create policy tenant on api_key to termijn_api using (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
drop policy tenant on idempotency;
create policy tenant on idempotency to termijn_api using (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
drop policy tenant on terms_version;
create policy tenant on terms_version for select to termijn_api using (
    processor_id is null or processor_id = any ((select termijn_processors())::uuid[]));
create policy written on terms_version for insert to termijn_api with check (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));

create function clock_is_the_admins() returns trigger language plpgsql
    as $$ begin raise exception 'the clock is an admin''s to set' using errcode = 'insufficient_privilege'; end $$;
create trigger clock_set before update on clock
    for each row when (current_user = 'termijn_api' and not termijn_admin()) execute function clock_is_the_admins();

-- What keys are called, for documents that say who confirmed something: whoever has the id saw it in an event.
create function termijn_key_names(ids uuid[]) returns table (id uuid, name text) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select k.id, k.name from api_key k where k.id = any (ids) $$;
revoke execute on function termijn_key_names(uuid[]) from public;
grant execute on function termijn_key_names(uuid[]) to termijn_api, termijn_worker;
