-- Whoever came by a processor's page named contacts whose mailboxes nobody has proven. What goes to them about the
-- agreement waits, with no instant to be sent at, for the processor's signature; where it comes to nothing it is dropped.
create function joined_letters_go() returns trigger language plpgsql
    as $$ begin
        update message set next_at = termijn_now()
        where processor_id = new.processor_id and subject_id = new.id and state = 'queued' and next_at is null
            and carried_by is null;
        return null;
    end $$;
create trigger joined_signed after update on agreement
    for each row when (new.joined and new.signatures @> '[{"party": "processor"}]'
        and not old.signatures @> '[{"party": "processor"}]')
    execute function joined_letters_go();

-- commit
create function joined_letters_end() returns trigger language plpgsql
    as $$ begin
        update message set state = 'dropped'
        where processor_id = new.processor_id and subject_id = new.id and state = 'queued' and next_at is null
            and carried_by is null;
        return null;
    end $$;
create trigger joined_over after update on subject
    for each row when (new.kind = 'agreement' and old.open and not new.open)
    execute function joined_letters_end();

-- commit
-- What the mail of an application came from, as a message has it.
alter table application add column traceparent text;
