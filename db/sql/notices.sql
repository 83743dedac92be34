-- Notices: one change told to one agreement.

-- name: put_notice
-- The whole row, new or as it is now. $1 rows as JSON.
insert into notice select * from jsonb_populate_recordset(null::notice, $1::jsonb)
on conflict (id) do update set
    change_id = excluded.change_id, agreement_id = excluded.agreement_id,
    customer_id = excluded.customer_id, rule = excluded.rule, clause = excluded.clause,
    form = excluded.form, grounds = excluded.grounds, rights = excluded.rights,
    own_period = excluded.own_period, closes_at = excluded.closes_at, last_day = excluded.last_day,
    proceeds_at = excluded.proceeds_at, sent_at = excluded.sent_at, received_at = excluded.received_at,
    received_how = excluded.received_how, counting_contact = excluded.counting_contact,
    outcome = excluded.outcome, answers = excluded.answers, replies = excluded.replies,
    running = excluded.running, engages_at = excluded.engages_at,
    engage_not_before = excluded.engage_not_before, engaged_at = excluded.engaged_at,
    revision = excluded.revision, from_version_id = excluded.from_version_id, delayed_at = excluded.delayed_at

-- name: load_notice
select n.id, a.terms_version_id, row_to_json(n)::text as entity,
    json_build_object(
        'change', row_to_json(c),
        'agreement', row_to_json(a),
        'customer', row_to_json(cu),
        'processor', row_to_json(p),
        'subprocessor', row_to_json(s),
        'versions', case when c.to_version_id is null then '[]' else json_build_array(c.to_version_id) end,
        'engaged', (
            select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')
            from engagement e
            where e.agreement_id = n.agreement_id and e.notice_id is distinct from n.id
                and (e.until is null or e.ended_why = 'the agreement ended' and e.until = a.ended_at))
    )::text as context
from notice n
join change c on c.id = n.change_id
join agreement a on a.id = n.agreement_id
join customer cu on cu.id = a.customer_id
join processor p on p.id = n.processor_id
left join subprocessor s on s.id = c.subprocessor_id
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: list_notices
-- Notices. $2 limit, $3 after id, $4 change, $5 agreement, $6 customer, $7 state, $8 rule, $9 outcome or null.
select * from notice_shown x
where x.processor_id = any ($1::uuid[]) and ($3::uuid is null or x.id > $3)
    and ($4::uuid is null or x.change_id = $4)
    and ($5::uuid is null or x.agreement_id = $5)
    and ($6::uuid is null or x.customer_id = $6)
    and ($7::text is null or x.state = $7)
    and ($8::text is null or x.rule = $8)
    and ($9::text is null or x.outcome = $9)
order by x.id limit $2

-- name: read_notice
-- $2 id.
select * from notice_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2
