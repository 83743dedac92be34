-- How many of the notices of a change wait for a yes, so that no day is known for them.
create or replace view change_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.kind, c.subprocessor_id,
    (select coalesce(json_agg(json_build_object(
            'state', x.state, 'count', x.count, 'outcome', x.outcome, 'running', x.running, 'engaged', x.engaged,
            'go_live_at', x.go_live_at, 'waiting', x.waiting)), '[]')::text
        from (
            select ns.state, n.outcome, count(*) as count, count(*) filter (where n.running) as running,
                count(n.engaged_at) as engaged, min(coalesce(n.engaged_at, n.engages_at)) as go_live_at,
                count(*) filter (
                    where ns.tags && '{live}' and n.engaged_at is null and n.engages_at is null
                        and (n.rule = 'consent' or n.rule = 'information' and n.received_at is not null)) as waiting
            from notice n join subject ns on ns.id = n.id
            where n.change_id = c.id
            group by ns.state, n.outcome
        ) x) as notices,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from fan_out f where (f.change_id = c.id or f.announcement_id = c.announcement_id) and f.kind = 'announce') as told
from change c join subject s on s.id = c.id;
