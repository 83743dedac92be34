-- Processes of the release before know nothing of `joined`, and would put such an agreement in force by its day, with the
-- customer's signature alone, or take the last signature and set nothing that begins it. Until they have stopped, what
-- they write of either is refused as something to be tried again, which a process of this release then does. They are
-- told by what they write: a statement that names `joined` is of a process that knows it. Goes one release later.
create function agreement_joined_known() returns trigger language plpgsql
    as $$ begin perform set_config('termijn.joined_known', new.id::text, true); return new; end $$;
create function agreement_joined_unknown() returns trigger language plpgsql
    as $$ begin
        if coalesce(current_setting('termijn.joined_known', true), '') <> new.id::text then
            raise exception using errcode = 'object_not_in_prerequisite_state',
                message = 'agreement ' || new.id || ' came by the page for new customers, which this release does not know';
        end if;
        perform set_config('termijn.joined_known', '', true);
        return new;
    end $$;
-- In the order of their names.
create trigger agreement_joined_a_known before update of joined on agreement
    for each row when (new.joined) execute function agreement_joined_known();
create trigger agreement_joined_b_unknown before update on agreement
    for each row when (new.joined and (new.in_force_since, new.signatures)
        is distinct from (old.in_force_since, old.signatures))
    execute function agreement_joined_unknown();
