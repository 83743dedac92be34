-- Rows are looked up by one index each, whatever the server knows of the tables when it plans.

-- All of a subject's deadlines: of those on what is open, which are several, the server may take any.
create index deadline_by_subject on deadline (subject_id);
drop index deadline_by_agreement;
create index deadline_by_agreement on deadline (agreement_id);
-- The question whether any window of a change still runs: no other index has an answer to it.
drop index notice_running;
create index notice_running on notice ((case when running then change_id end));
-- A chunk of a change's notices, and of agreements that join, from its first row to its last.
create index notice_in_order on notice (change_id, id);
create index fan_out_joins on fan_out (processor_id, id)
    where kind = 'join' and finished_at is null and parked_at is null;

-- The second lock under the queries' own conditions only says no. As `processor_id = any (...)` it was a condition of
-- an index too, and could lead through all that a processor has.
do $$
declare name text;
begin
    foreach name in array array[
        'processor', 'subject', 'customer', 'subprocessor', 'agreement', 'announcement', 'change', 'notice',
        'task', 'engagement', 'event', 'personal', 'timer', 'deadline', 'message', 'attempt', 'link', 'inbound',
        'fan_out', 'breach', 'breach_case', 'request', 'audit', 'matter', 'upstream', 'document',
        'file', 'ledger_root', 'webhook', 'webhook_feed', 'webhook_order',
        'webhook_delivery', 'webhook_trial'] loop
        execute format('alter policy tenant on %I using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
    end loop;
end $$;

create or replace view agreement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    a.customer_id, a.terms, a.terms_version, a.terms_version_id, t.document -> 'ending' ->> 'in_force_until' as in_force_until,
    (t.document -> 'ending')::text as ending,
    (select coalesce(json_agg(json_build_object(
            'id', d.id, 'subject', d.subject_id, 'rule', d.rule, 'key', d.key, 'text', d.text,
            'due_at', d.due_at, 'last_day', d.last_day, 'clause', d.clause, 'party', d.party,
            'boundary', d.boundary) order by d.due_at, d.id), '[]')::text
        from (select * from deadline where agreement_id = a.id offset 0) d where d.closed_at is null) as deadlines
from agreement a
join subject s on s.id = a.id
join terms_version t on t.id = a.terms_version_id;
