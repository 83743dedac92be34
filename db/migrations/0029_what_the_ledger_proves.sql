-- Rows of one kind, as they are compared with the digests in their events.
create function termijn_rows(kind text, processor uuid) returns table (id uuid, entity text)
    language plpgsql stable as $$ begin
        return query execute format(
            'select t.id, row_to_json(t)::text from %I t where $1 is null or t.processor_id = $1', kind) using processor;
    end $$;

-- What an outside authority said of a daily root (RFC 3161): a token over the SHA-256 of its statement.
create table root_stamp (
    processor_id uuid not null,
    number integer not null,
    token bytea not null,
    stamped_at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (processor_id, number),
    foreign key (processor_id, number) references ledger_root
);
create trigger root_stamp_no_change before update or delete on root_stamp
    for each row execute function ledger_is_append_only();
create trigger root_stamp_no_truncate before truncate on root_stamp
    for each statement execute function ledger_is_append_only();
alter table root_stamp enable row level security;
alter table root_stamp force row level security;
create policy tenant on root_stamp to termijn_api
    using (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on root_stamp to termijn_worker using (true);
create policy owner on root_stamp to current_user using (true);
grant select, insert on root_stamp to termijn_api, termijn_worker;
