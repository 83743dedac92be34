-- Processors whose rows were erased here once they had been handed over in an archive: what was handed over, by its
-- manifest's digest, stays to be shown. It belongs to the installation, so it names no processor that is there.
create table departure (
    former_id uuid primary key,
    manifest_sha256 bytea not null,
    events bigint not null,
    table_rows bigint not null,
    archived_at timestamptz not null,
    erased_at timestamptz not null
);
create trigger departure_no_change before update or delete on departure
    for each row execute function ledger_is_append_only();
create trigger departure_no_truncate before truncate on departure
    for each statement execute function ledger_is_append_only();
grant select on departure to termijn_worker;
