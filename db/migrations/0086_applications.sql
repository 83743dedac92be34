-- What strangers typed on a processor's page: nothing else is known of them until they have signed by the link of a mail.
create table application (
    id uuid primary key,
    processor_id uuid not null references processor,
    -- Which showing of the page it came from: the same form sent twice is one.
    nonce text not null,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    -- What was on the page: the rules, what they leave blank, and the text.
    terms_version_id uuid not null,
    facts jsonb not null,
    text_sha256 bytea not null,
    -- Whose mailbox is asked, and what was typed: gone once it was signed.
    address text,
    typed jsonb,
    applied_at timestamptz not null,
    signed_at timestamptz,
    -- Its one mail: null once it was sent, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    sent_at timestamptz,
    words text not null default '',
    bounced_at timestamptz,
    own_id text,
    unique (processor_id, nonce),
    check ((address is null) = (signed_at is not null)),
    check ((typed is null) = (signed_at is not null))
);
create index application_next on application (next_at, id) where next_at is not null;
create index application_old on application (applied_at);
create index application_waiting on application (processor_id) where signed_at is null;

-- commit
alter table application add constraint application_terms_version_id_fkey
    foreign key (terms_version_id) references terms_version;

-- commit
-- Before the tenant is known: the processor whose page it is, and whose application a link is about.
create function termijn_joining(wanted text) returns uuid language sql stable security definer
    set search_path = public, pg_temp
    as $$ select p.id from processor p where p.slug = wanted and p.joining is not null $$;
create function termijn_application(wanted uuid) returns table (id uuid, processor_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select a.id, a.processor_id from application a where a.id = wanted $$;
revoke execute on function termijn_joining(text), termijn_application(uuid) from public;
grant execute on function termijn_joining(text), termijn_application(uuid) to termijn_api, termijn_worker;

alter table application enable row level security;
alter table application force row level security;
create policy tenant on application to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on application to termijn_worker using (true);
create policy owner on application to current_user using (true);
grant select, insert, update on application to termijn_api, termijn_worker;
grant delete on application to termijn_worker;
