-- What would happen is found out by letting it happen in a transaction that is then undone. `termijn.foreseen` says which
-- instant it is there; the database itself keeps nothing of such a transaction.
create or replace function termijn_now() returns timestamptz language sql stable security definer
    set search_path = public, pg_temp
    as $$ select coalesce(nullif(current_setting('termijn.foreseen', true), '')::timestamptz,
        (select now from clock where mode = 'simulated'), clock_timestamp()) $$;

create function foreseen_is_not_kept() returns trigger language plpgsql as $$
begin
    raise exception 'what is foreseen is undone, and never kept';
end $$;
create constraint trigger foreseen_is_not_kept after insert on event deferrable initially deferred
    for each row when (current_setting('termijn.foreseen', true) <> '') execute function foreseen_is_not_kept();
