-- Lists of others that are followed.
alter table subject drop constraint subject_kind_check;
alter table subject add constraint subject_kind_check check (kind in (
    'processor', 'customer', 'subprocessor', 'agreement', 'change', 'notice', 'task', 'announcement', 'webhook',
    'breach', 'breach_case', 'request', 'audit', 'matter', 'upstream', 'watch')) not valid;
alter table subject validate constraint subject_kind_check;

-- A subprocessor's own list, at an address that is read again and again.
create table watch (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    subprocessor_id uuid not null references subprocessor,
    url text not null,
    carry_on text not null check (carry_on in ('nothing', 'draft', 'announce')),
    failing_since timestamptz,
    differed_at timestamptz
);
create index watch_list on watch (processor_id, id);

-- What stood there at the last look that succeeded, and when the next one is due; the lease runs in real time.
create table watch_reading (
    watch_id uuid primary key references watch,
    processor_id uuid not null references processor,
    next_at timestamptz not null,
    leased_until timestamptz,
    tries integer not null,
    looked_at timestamptz,
    status integer,
    words text not null default '',
    tag text not null default '',
    modified text not null default '',
    content jsonb,
    -- The announced changes of which it made notices: whatever becomes of its address, none is announced twice.
    seen uuid[] not null default '{}'
);
create index watch_reading_next on watch_reading (next_at, watch_id);

do $$
declare name text;
begin
    foreach name in array array['watch', 'watch_reading'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on watch, watch_reading to termijn_api, termijn_worker;

create view watch_shown with (security_invoker) as
select w.id, w.processor_id, row_to_json(w)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    w.subprocessor_id, r.looked_at, r.status, coalesce(r.words, '') as words, coalesce(r.tries, 0) as tries,
    case when s.open then r.next_at end as next_at, r.content ->> 'form' as form
from watch w join subject s on s.id = w.id left join watch_reading r on r.watch_id = w.id;
grant select on watch_shown to termijn_api, termijn_worker;
