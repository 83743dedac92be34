-- The text of an agreement that belongs to a version of terms, and links by which a customer signs it.
create table terms_text (
    processor_id uuid not null references processor,
    terms_version_id uuid not null references terms_version,
    file_id uuid not null references file,
    set_at timestamptz not null,
    set_by text not null,
    primary key (processor_id, terms_version_id)
);
create index terms_text_by_file on terms_text (file_id);
create trigger terms_text_no_change before update or delete on terms_text
    for each row execute function ledger_is_append_only();
alter table terms_text enable row level security;
alter table terms_text force row level security;
create policy tenant on terms_text to termijn_api
    using (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on terms_text to termijn_worker using (true);
create policy owner on terms_text to current_user using (true);
grant select, insert on terms_text to termijn_api, termijn_worker;

alter table link drop constraint link_purpose_check;
alter table link add constraint link_purpose_check check (purpose in ('notice', 'contact', 'erasure', 'signature'));
