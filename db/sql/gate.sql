-- The gate: everything that a yes or a no rests on, in one statement and so of one moment.

-- name: gate
-- $1 processors, $2 agreement, $3 subprocessor. A row of nulls where either is not this processor's.
select
    (select row_to_json(a)::text from agreement a
        where a.processor_id = any ($1::uuid[]) and a.id = $2) as agreement,
    (select a.terms_version_id from agreement a
        where a.processor_id = any ($1::uuid[]) and a.id = $2) as terms_version_id,
    (select s.state from subject s
        where s.processor_id = any ($1::uuid[]) and s.id = $2 and s.kind = 'agreement') as state,
    (select row_to_json(s)::text from subprocessor s
        where s.processor_id = any ($1::uuid[]) and s.id = $3) as subprocessor,
    (select coalesce(json_agg(row_to_json(e) order by e.since desc, e.id desc), '[]')::text
        from engagement e
        where e.processor_id = any ($1::uuid[]) and e.agreement_id = $2 and e.subprocessor_id = $3
    ) as engagements,
    (select coalesce(json_agg(json_build_object(
            'notice', row_to_json(n), 'state', ns.state, 'change', row_to_json(c), 'change_state', cs.state)
            order by n.id desc), '[]')::text
        from notice n
        join subject ns on ns.id = n.id
        join change c on c.id = n.change_id
        join subject cs on cs.id = c.id
        where n.processor_id = any ($1::uuid[]) and n.agreement_id = $2
            and (c.subprocessor_id = $3 or n.id in (
                select e.notice_id from engagement e where e.agreement_id = $2 and e.subprocessor_id = $3))
    ) as notices
