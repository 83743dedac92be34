-- A processor's own face: what it is called on pages and mails, its colour, and the digest of its logo.
alter table processor add column display_name text;
alter table processor add column colour text check (colour ~ '^#[0-9a-f]{6}$');
alter table processor add column logo text check (logo ~ '^[0-9a-f]{64}$');

-- The picture itself, a PNG; the one of now.
create table processor_logo (
    processor_id uuid primary key references processor,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    content bytea not null,
    set_at timestamptz not null
);
create index processor_logo_named on processor_logo (sha256);
alter table processor_logo enable row level security;
alter table processor_logo force row level security;
create policy tenant on processor_logo to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on processor_logo to termijn_worker using (true);
create policy owner on processor_logo to current_user using (true);
grant select, insert, update, delete on processor_logo to termijn_api, termijn_worker;

-- Before the tenant is known: the picture that an address names by its digest.
create function termijn_logo(wanted text) returns bytea language sql stable security definer
    set search_path = public, pg_temp
    as $$ select l.content from processor_logo l where l.sha256 = wanted limit 1 $$;
revoke execute on function termijn_logo from public;
grant execute on function termijn_logo to termijn_api;
