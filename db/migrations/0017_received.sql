-- What was received is kept byte for byte, and what came in holds whatever it may be about until a person has read it.

-- A file. Erased it keeps its row: digest, type and size stay, its name and its bytes go.
create table file (
    id uuid primary key,
    processor_id uuid not null references processor,
    sha256 bytea not null,
    name text not null,
    type text not null,
    size bigint not null check (size >= 0),
    content bytea,
    origin text not null check (origin in ('inbound', 'upload')),
    made_at timestamptz not null,
    made_by text not null,
    erased_at timestamptz,
    check ((content is null) = (erased_at is not null))
);
create index file_list on file (processor_id, id);

create function file_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null
            or (new.id, new.processor_id, new.sha256, new.type, new.size, new.origin, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.sha256, old.type, old.size, old.origin, old.made_at,
                    old.made_by) then
            raise exception 'a file stays as it was received: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
create trigger file_no_change before update or delete on file
    for each row execute function file_stays();

alter table file enable row level security;
alter table file force row level security;
create policy tenant on file to termijn_api using (processor_id = any ((select termijn_processors())::uuid[]));
create policy worker on file to termijn_worker using (true);
create policy owner on file to current_user using (true);
grant select, insert on file to termijn_api, termijn_worker;
grant update (content, name, erased_at) on file to termijn_api, termijn_worker;

-- An answer that a machine gave; the notices that wait for it, though nothing but its sender ties it to them; what it
-- brought besides its words; and all of it as it was received.
alter table inbound add column automatic boolean not null default false;
alter table inbound add column held uuid[] not null default '{}';
alter table inbound add column attachments jsonb not null default '[]';
alter table inbound add column file_id uuid references file;

-- When a server last said that the message that counts had not arrived yet.
alter table notice add column delayed_at timestamptz;
