-- Processes of the first release name no columns when they insert, so what they do not know is null there, not its
-- default. Goes once no such process is left.
create function breach_case_filled() returns trigger language plpgsql
    as $$ begin new.dropped_why := ''; return new; end $$;
create trigger breach_case_filled before insert on breach_case
    for each row when (new.dropped_why is null) execute function breach_case_filled();
