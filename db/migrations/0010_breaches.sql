-- Breaches: an incident, and a case with its own clock for each agreement that it touches.

alter table processor add column breach_target text not null default 'PT24H';
alter table processor alter column breach_target drop default;

-- An incident: what happened to data, and what is known of it by now.
create table breach (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    discovered_at timestamptz not null,
    summary text not null,
    categories text[] not null,
    people_min integer,
    people_max integer,
    subprocessor_id uuid references subprocessor,
    contents jsonb not null,
    updates jsonb not null,
    phase integer not null,
    notified_at timestamptz,
    closed_at timestamptz,
    conclusion text not null
);
create index breach_list on breach (processor_id, id);

-- A breach for one agreement: its own clock, channel and proof that the customer was informed.
create table breach_case (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    breach_id uuid not null references breach,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    due_at timestamptz,
    own_target boolean not null,
    notified_at timestamptz,
    informed_at timestamptz,
    informed_how text check (informed_how in ('call', 'mail', 'voicemail_and_mail', 'answer')),
    late boolean not null,
    authority_due_at timestamptz,
    calls jsonb not null,
    receipts jsonb not null,
    answered_at timestamptz,
    told_phase integer not null,
    closed_at timestamptz,
    unique (breach_id, agreement_id)
);
create index breach_case_by_agreement on breach_case (agreement_id);
create index breach_case_by_customer on breach_case (customer_id);

do $$
declare name text;
begin
    foreach name in array array['breach', 'breach_case'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(processor_id = any ((select termijn_processors())::uuid[]))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on breach, breach_case to termijn_api, termijn_worker;

create view breach_shown with (security_invoker) as
select b.id, b.processor_id, row_to_json(b)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    b.subprocessor_id, (select coalesce(json_agg(json_build_object(
            'id', k.id, 'state', ks.state, 'customer', c.name, 'terms', a.terms,
            'terms_version_id', a.terms_version_id, 'contacts', c.contacts,
            'case', row_to_json(k)) order by k.id), '[]')::text
        from breach_case k
        join subject ks on ks.id = k.id
        join agreement a on a.id = k.agreement_id
        join customer c on c.id = a.customer_id
        where k.breach_id = b.id) as cases
from breach b join subject s on s.id = b.id;

grant select on breach_shown to termijn_api, termijn_worker;
