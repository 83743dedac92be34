-- Where a customer has its post; null where nobody has said. Lines as they stand on an envelope.
alter table customer add column address text;

-- A letter that was made of what a mail would say, for somebody to post: its bytes stay as they were made.
create table letter (
    id uuid primary key,
    processor_id uuid not null references processor,
    subject_id uuid not null references subject,
    kind text not null,
    contact_id uuid,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    number text not null,
    facts text check (facts is json),
    content bytea,
    sha256 bytea not null,
    made_at timestamptz not null,
    made_by text not null,
    erased_at timestamptz,
    check ((content is null) = (erased_at is not null) and (facts is null) = (erased_at is not null))
);
create index letter_list on letter (processor_id, id);
create index letter_of on letter (subject_id, id);

create function letter_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null or new.facts is not null
            or (new.id, new.processor_id, new.subject_id, new.kind, new.contact_id, new.language, new.number,
                    new.sha256, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.subject_id, old.kind, old.contact_id, old.language,
                    old.number, old.sha256, old.made_at, old.made_by) then
            raise exception 'a letter stays as it was made: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
create trigger letter_no_change before update or delete on letter
    for each row execute function letter_stays();

alter table letter enable row level security;
alter table letter force row level security;
create policy tenant on letter to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on letter to termijn_worker using (true);
create policy owner on letter to current_user using (true);
grant select, insert on letter to termijn_api, termijn_worker;
grant update (content, facts, erased_at) on letter to termijn_api, termijn_worker;
