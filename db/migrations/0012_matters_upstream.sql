-- What else the parties ask of each other, and what subprocessors announce to the processor.

-- What one party asks of, or owes to, the other besides notices, breaches, requests and audits.
create table matter (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    kind text not null check (kind in (
        'storage_consent', 'disclosure_consent', 'storage_places', 'authority_message', 'authority_copy',
        'legal_change', 'unlawful_instruction', 'instruction', 'impact_assessment', 'information', 'extra_measures',
        'retention_terms')),
    raised_by text not null check (raised_by in ('controller', 'processor')),
    clause text not null,
    subject text not null,
    text text not null,
    country text,
    form text not null check (form in ('any', 'written')),
    raised_at timestamptz not null,
    channel text not null check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    origin text not null,
    due_at timestamptz,
    answers jsonb not null,
    outcome text check (outcome in ('consent', 'refuse', 'agree', 'done', 'noted')),
    answered_at timestamptz,
    closed_at timestamptz,
    closed_why text not null
);
create index matter_list on matter (processor_id, id);
create index matter_by_agreement on matter (agreement_id);

-- What a subprocessor announced to the processor itself.
create table upstream (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    subprocessor_id uuid not null references subprocessor,
    kind text not null check (kind in (
        'add', 'replace', 'remove', 'relocate', 'terms', 'measure', 'breach', 'other')),
    text text not null,
    received_at timestamptz not null,
    effective_on date,
    object_until timestamptz,
    change_id uuid references change,
    earliest timestamptz,
    shortfalls jsonb not null,
    warning text not null,
    answer text check (answer in ('accept', 'object')),
    answered_at timestamptz,
    note text not null,
    closed_at timestamptz
);
create index upstream_list on upstream (processor_id, id);

do $$
declare name text;
begin
    foreach name in array array['matter', 'upstream'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(processor_id = any ((select termijn_processors())::uuid[]))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on matter, upstream to termijn_api, termijn_worker;

create view matter_shown with (security_invoker) as
select m.id, m.processor_id, row_to_json(m)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    m.agreement_id, m.customer_id, m.kind, m.raised_by, m.outcome
from matter m join subject s on s.id = m.id;

create view upstream_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.subprocessor_id, u.kind
from upstream u join subject s on s.id = u.id;

grant select on matter_shown, upstream_shown to termijn_api, termijn_worker;
