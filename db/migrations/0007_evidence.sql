-- What an agreement leaves behind: documents that are made once, and the daily roots of the ledger.

-- Kept byte for byte as it was made. `facts` is what it was made from, `number` their SHA-256 in hex. Erased by the
-- processor's own retention it keeps its row: number and digest stay, content and facts go.
create table document (
    id uuid primary key,
    processor_id uuid not null references processor,
    subject_id uuid not null references subject,
    kind text not null check (kind in ('declaration')),
    language text not null check (language in ('nl', 'en')),
    number text not null,
    facts text check (facts is json),
    content bytea,
    sha256 bytea not null,
    made_at timestamptz not null,
    erased_at timestamptz,
    unique (subject_id, kind),
    check ((content is null) = (erased_at is not null) and (facts is null) = (erased_at is not null))
);
create index agreement_deleted on agreement (id) where deleted_at is not null;

-- A Merkle root over the hashes of a processor's events that were committed since the root before it, signed, and
-- chained to that one. At most one a day (UTC): the day that was over when it was made.
create table ledger_root (
    processor_id uuid not null references processor,
    number integer not null check (number >= 1),
    day date not null,
    from_tx bigint not null,
    to_tx bigint not null,
    events integer not null check (events >= 1),
    root bytea not null,
    previous bytea not null,
    signature bytea not null,
    made_at timestamptz not null,
    primary key (processor_id, number),
    unique (processor_id, day)
);
-- Which events a root covers is told by their transactions: every one below `to_tx` had ended, so nothing can
-- appear among them later. Transactions rise with the rows, so a summary of blocks is index enough.
create index event_by_tx on event using brin ((tx::text::bigint));

create function document_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null or new.facts is not null
            or (new.id, new.processor_id, new.subject_id, new.kind, new.language, new.number, new.sha256, new.made_at)
                is distinct from (old.id, old.processor_id, old.subject_id, old.kind, old.language, old.number,
                    old.sha256, old.made_at) then
            raise exception 'a document stays as it was made: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
create trigger document_no_change before update or delete on document
    for each row execute function document_stays();
create trigger ledger_root_no_change before update or delete on ledger_root
    for each row execute function ledger_is_append_only();
create trigger ledger_root_no_truncate before truncate on ledger_root
    for each statement execute function ledger_is_append_only();

do $$
declare name text;
begin
    foreach name in array array['document', 'ledger_root'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(processor_id = any ((select termijn_processors())::uuid[]))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;

grant select, insert on document, ledger_root to termijn_api, termijn_worker;
grant update (content, facts, erased_at) on document to termijn_api, termijn_worker;
