-- Files whose bytes lie in a store of objects, and the objects that have to go from it.

-- Under which name the store has the bytes of what was handed in (null: they lie in parts), when they were gone wherever
-- they lay, and since when the store gives others, or none.
alter table file add column object_id uuid;
alter table file add column removed_at timestamptz;
alter table file add column altered_at timestamptz;
alter table file add constraint file_object_check check (object_id is null or origin = 'upload') not valid;
alter table file add constraint file_removed_check check (removed_at is null or erased_at is not null) not valid;

-- commit
-- Objects that no row of a file vouches for: bytes on their way, which go after a day unless a row has come, and bytes
-- that have to go. Instants are real ones, since a store knows no simulated clock. Of a processor that left: null.
create table file_object (
    id uuid primary key,
    processor_id uuid references processor,
    file_id uuid not null,
    due_at timestamptz not null,
    next_at timestamptz not null,
    tries integer not null default 0 check (tries >= 0)
);
create index file_object_next on file_object (next_at, id);
create index file_object_of on file_object (file_id);

-- commit
create or replace function file_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null
            or (new.id, new.processor_id, new.sha256, new.type, new.size, new.origin, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.sha256, old.type, old.size, old.origin, old.made_at,
                    old.made_by)
            or new.erased_at is null and new.name <> old.name
            or old.erased_at is not null and new.erased_at is null
            or new.erased_at is not null and new.object_id is distinct from old.object_id
            or old.removed_at is not null and new.removed_at is distinct from old.removed_at
            or old.claimed_at is not null and new.claimed_at is distinct from old.claimed_at then
            raise exception 'a file stays as it was received: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        if new.erased_at is not null and old.erased_at is null then
            new.altered_at := null;
            -- The store may have bytes still: of before it was moved, or of an upload that came twice.
            if new.object_id is null and not exists (select from file_object where file_id = new.id) then
                new.removed_at := new.erased_at;
            end if;
        end if;
        return new;
    end $$;
create or replace function file_part_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'DELETE' or not exists (
            select from file where id = old.file_id and (erased_at is not null or object_id is not null)) then
            raise exception 'a part of a file stays: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return old;
    end $$;
-- Erased, bytes go at once wherever they lie. Moved, those of before go: from the store an hour later, so that whoever
-- reads them has them to the end.
create or replace function file_empties() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        if new.erased_at is not null or new.object_id is not null then
            delete from file_part where file_id = new.id;
        end if;
        if new.erased_at is not null then
            -- Not at once: what is on its way there now is there by then.
            update file_object set due_at = least(due_at, clock_timestamp() + interval '10 minutes'),
                next_at = least(next_at, clock_timestamp() + interval '10 minutes')
            where file_id = new.id;
        end if;
        if old.object_id is not null then
            insert into file_object (id, processor_id, file_id, due_at, next_at)
            select old.object_id, new.processor_id, new.id, go.at, go.at
            from (select clock_timestamp() + case when new.erased_at is null then interval '1 hour' else interval '0' end)
                as go (at);
        end if;
        return null;
    end $$;
drop trigger file_emptied on file;
create trigger file_emptied after update on file
    for each row when (new.erased_at is not null and old.erased_at is null
        or new.object_id is distinct from old.object_id)
    execute function file_empties();

alter table file_object enable row level security;
alter table file_object force row level security;
create policy tenant on file_object to termijn_api
    using (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on file_object to termijn_worker using (true);
create policy owner on file_object to current_user using (true);
grant select, insert, update, delete on file_object to termijn_api, termijn_worker;
grant update (altered_at) on file to termijn_api, termijn_worker;
grant update (object_id, removed_at) on file to termijn_worker;
