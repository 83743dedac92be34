-- Files that people hand in, in parts, and the events whose evidence they are.
alter table file add column claimed_at timestamptz;
alter table file drop constraint file_check;
alter table file add constraint file_check
    check (case when origin = 'upload' then content is null else (content is null) = (erased_at is not null) end);
create index file_unclaimed on file (made_at) where origin = 'upload' and claimed_at is null and erased_at is null;

create or replace function file_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null
            or (new.id, new.processor_id, new.sha256, new.type, new.size, new.origin, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.sha256, old.type, old.size, old.origin, old.made_at,
                    old.made_by)
            or new.erased_at is null and new.name <> old.name
            or old.erased_at is not null and new.erased_at is null
            or old.claimed_at is not null and new.claimed_at is distinct from old.claimed_at then
            raise exception 'a file stays as it was received: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;

create table file_part (
    file_id uuid not null references file,
    number integer not null check (number >= 0),
    processor_id uuid not null references processor,
    bytes bytea not null,
    primary key (file_id, number)
);
create table file_use (
    file_id uuid not null references file,
    subject_id uuid not null references subject,
    seq integer not null check (seq >= 1),
    processor_id uuid not null references processor,
    erased_at timestamptz,
    primary key (file_id, subject_id, seq)
);
create index file_use_by_subject on file_use (subject_id, seq);

create function file_part_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'DELETE' or not exists (select from file where id = old.file_id and erased_at is not null) then
            raise exception 'a part of a file stays: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return old;
    end $$;
create trigger file_part_no_change before update or delete on file_part
    for each row execute function file_part_stays();
create function file_empties() returns trigger language plpgsql security definer set search_path = public, pg_temp
    as $$ begin
        delete from file_part where file_id = new.id;
        return null;
    end $$;
create trigger file_emptied after update on file
    for each row when (new.erased_at is not null and old.erased_at is null) execute function file_empties();

do $$
declare name text;
begin
    foreach name in array array['file_part', 'file_use'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant update (claimed_at) on file to termijn_api, termijn_worker;
grant select, insert on file_part, file_use to termijn_api, termijn_worker;
grant update (erased_at) on file_use to termijn_api, termijn_worker;
