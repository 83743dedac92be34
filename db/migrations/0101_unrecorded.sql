-- Agreements that both parties signed and of whose signatures there is no record yet are marked, so that whoever makes
-- what is missing, and whoever counts it, reads no others. Triggers keep the marks, for processes of the release before
-- too.
create table unrecorded (
    agreement_id uuid primary key references agreement,
    processor_id uuid not null
);

-- commit
alter table unrecorded add foreign key (processor_id) references processor;

create function agreement_signatures_mark() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        if new.signatures @> '[{"party": "controller"}, {"party": "processor"}]' then
            insert into unrecorded (agreement_id, processor_id)
            select new.id, new.processor_id
            where not exists (select from document where subject_id = new.id and kind = 'signed')
                and not exists (select from customer where id = new.customer_id and erased_at is not null)
            on conflict do nothing;
        else
            delete from unrecorded where agreement_id = new.id;
        end if;
        return null;
    end $$;
create function record_unmarks() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin delete from unrecorded where agreement_id = new.subject_id; return null; end $$;
create function erasure_unmarks() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        delete from unrecorded u using agreement a where a.id = u.agreement_id and a.customer_id = new.id;
        return null;
    end $$;
-- commit
create trigger agreement_signed_at_birth after insert on agreement
    for each row when (new.signatures <> '[]') execute function agreement_signatures_mark();
create trigger agreement_signed after update on agreement
    for each row when (new.signatures is distinct from old.signatures) execute function agreement_signatures_mark();

-- commit
create trigger document_records after insert on document
    for each row when (new.kind = 'signed') execute function record_unmarks();

-- commit
create trigger customer_erased after update on customer
    for each row when (new.erased_at is not null and old.erased_at is null) execute function erasure_unmarks();

-- commit
alter table unrecorded enable row level security;
alter table unrecorded force row level security;
create policy tenant on unrecorded to termijn_api
    using (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on unrecorded to termijn_worker using (true);
create policy owner on unrecorded to current_user using (true);
grant select on unrecorded to termijn_api, termijn_worker;
