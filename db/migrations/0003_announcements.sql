-- Changes sent as one (P19): what bundles them, and one mail to a contact for all that is its own in it.
create table announcement (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    changes uuid[] not null,
    terms_version text,
    not_before timestamptz,
    announced_at timestamptz,
    withdrawn_why text
);
create index announcement_list on announcement (processor_id, id);

alter table change add column announcement_id uuid references announcement;
create index change_by_announcement on change (announcement_id) where announcement_id is not null;

alter table fan_out add column announcement_id uuid references announcement;
create index fan_out_by_announcement on fan_out (announcement_id) where announcement_id is not null;

-- The message whose mail brings this one along; it is not sent by itself.
alter table message add column carried_by uuid references message;
create index message_carried on message (carried_by) where carried_by is not null;

-- A fan-out goes customer by customer, so that all for one contact is in one hand; its cursor is a customer now,
-- and those under way begin again: whoever has a notice gets no second one.
create index agreement_in_order on agreement (processor_id, customer_id, id);
update fan_out set cursor = null, done = 0 where finished_at is null and kind in ('announce', 'amend');

alter table announcement enable row level security;
alter table announcement force row level security;
create policy tenant on announcement to termijn_api using
    (processor_id = any ((select termijn_processors())::uuid[]));
create policy worker on announcement to termijn_worker using (true);
create policy owner on announcement to current_user using (true);
grant select, insert, update on announcement to termijn_api, termijn_worker;

create or replace view change_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.kind, c.subprocessor_id,
    (select coalesce(json_agg(json_build_object(
            'state', x.state, 'count', x.count, 'outcome', x.outcome, 'running', x.running, 'engaged', x.engaged,
            'go_live_at', x.go_live_at)), '[]')::text
        from (
            select ns.state, n.outcome, count(*) as count, count(*) filter (where n.running) as running,
                count(n.engaged_at) as engaged, min(coalesce(n.engaged_at, n.engages_at)) as go_live_at
            from notice n join subject ns on ns.id = n.id
            where n.change_id = c.id
            group by ns.state, n.outcome
        ) x) as notices,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from fan_out f where (f.change_id = c.id or f.announcement_id = c.announcement_id) and f.kind = 'announce') as told
from change c join subject s on s.id = c.id;

create view announcement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    (select coalesce(json_agg(json_build_object('id', c.id, 'kind', c.kind, 'state', cs.state, 'notices', (
            select coalesce(json_object_agg(x.state, x.count), '{}') from (
                select ns.state, count(*) as count from notice n join subject ns on ns.id = n.id
                where n.change_id = c.id group by ns.state) x)) order by array_position(a.changes, c.id)), '[]')::text
        from change c join subject cs on cs.id = c.id where c.id = any (a.changes)) as bundled,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from fan_out f where f.announcement_id = a.id) as told
from announcement a join subject s on s.id = a.id;

grant select on announcement_shown to termijn_api, termijn_worker;
