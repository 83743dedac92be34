-- Data subjects' requests, and the controller's audits.

-- A data subject's request, as it concerns the processor; known by a reference, never by a name.
create table request (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    kind text not null check (kind in (
        'access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')),
    received_at timestamptz not null,
    received_from text not null check (received_from in ('customer', 'data_subject')),
    channel text not null check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    controller_received_at timestamptz,
    reference text not null,
    note text not null,
    origin text not null,
    due_at timestamptz,
    original_due_at timestamptz,
    answer_due_at timestamptz,
    written_at timestamptz,
    forwarded_at timestamptz,
    pauses jsonb not null,
    extensions jsonb not null,
    settled_at timestamptz,
    result text not null,
    evidence text not null
);
create index request_list on request (processor_id, id);
create index request_by_agreement on request (agreement_id);

-- The controller's audit, from its request to its last improvement.
create table audit (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    requested_at timestamptz not null,
    channel text not null check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    origin text not null,
    indications text not null,
    authority text not null,
    auditor text not null,
    warnings text[] not null,
    planned_on date,
    scope text not null,
    nda_signed_on date,
    nda_evidence text not null,
    reported_at timestamptz,
    certificate text not null,
    findings jsonb not null,
    cost text check (cost in ('controller', 'processor', 'own')),
    cost_clause text not null,
    next_from timestamptz,
    closed_at timestamptz,
    result text not null
);
create index audit_list on audit (processor_id, id);
create index audit_by_agreement on audit (agreement_id);

do $$
declare name text;
begin
    foreach name in array array['request', 'audit'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(processor_id = any ((select termijn_processors())::uuid[]))', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on request, audit to termijn_api, termijn_worker;

create view request_shown with (security_invoker) as
select r.id, r.processor_id, row_to_json(r)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    r.agreement_id, r.customer_id, r.kind, r.received_from
from request r join subject s on s.id = r.id;

create view audit_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.agreement_id, u.customer_id, (t.document -> 'audit')::text as rules
from audit u
join subject s on s.id = u.id
join agreement a on a.id = u.agreement_id
join terms_version t on t.id = a.terms_version_id;

grant select on request_shown, audit_shown to termijn_api, termijn_worker;
