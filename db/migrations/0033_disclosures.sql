-- Who took away what holds personal data, and when: bundles of evidence, declarations, messages as they came in.
create table disclosure (
    id uuid primary key,
    processor_id uuid not null references processor,
    what text not null check (what in ('evidence', 'declaration', 'message', 'attachment')),
    about uuid not null,
    by text not null,
    at timestamptz not null
);
create index disclosure_list on disclosure (processor_id, id);
create trigger disclosure_no_change before update or delete on disclosure
    for each row execute function ledger_is_append_only();
alter table disclosure enable row level security;
alter table disclosure force row level security;
create policy tenant on disclosure to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on disclosure to termijn_worker using (true);
create policy owner on disclosure to current_user using (true);
grant select, insert on disclosure to termijn_api, termijn_worker;
