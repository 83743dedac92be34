-- Notices: one change told to one agreement.

-- name: put_notice
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into notice (
    id, processor_id, change_id, agreement_id, customer_id, rule, clause, form, grounds, rights, own_period,
    closes_at, last_day, proceeds_at, sent_at, received_at, received_how, counting_contact, outcome, answers, replies,
    running, engages_at, engage_not_before, engaged_at, revision, from_version_id, delayed_at, first_revision,
    emergency, alternative_until)
select
    id, processor_id, change_id, agreement_id, customer_id, rule, clause, form, grounds, rights, own_period,
    closes_at, last_day, proceeds_at, sent_at, received_at, received_how, counting_contact, outcome, answers, replies,
    running, engages_at, engage_not_before, engaged_at, revision, from_version_id, delayed_at, first_revision,
    emergency, alternative_until
from jsonb_populate_recordset(jsonb_populate_record(null::notice, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    change_id = excluded.change_id, agreement_id = excluded.agreement_id, customer_id = excluded.customer_id,
    rule = excluded.rule, clause = excluded.clause, form = excluded.form, grounds = excluded.grounds,
    rights = excluded.rights, own_period = excluded.own_period, closes_at = excluded.closes_at,
    last_day = excluded.last_day, proceeds_at = excluded.proceeds_at, sent_at = excluded.sent_at,
    received_at = excluded.received_at, received_how = excluded.received_how,
    counting_contact = excluded.counting_contact, outcome = excluded.outcome, answers = excluded.answers,
    replies = excluded.replies, running = excluded.running, engages_at = excluded.engages_at,
    engage_not_before = excluded.engage_not_before, engaged_at = excluded.engaged_at, revision = excluded.revision,
    from_version_id = excluded.from_version_id, delayed_at = excluded.delayed_at, first_revision = excluded.first_revision,
    emergency = excluded.emergency, alternative_until = excluded.alternative_until

-- name: load_notice
-- What notices of one change have around them stands in `shared` of the first of them; `shared_by` is the change.
select x.id, a.terms_version_id, row_to_json(x.notice)::text as entity,
    json_build_object(
        'agreement', row_to_json(a),
        'customer', row_to_json(cu),
        'engaged', (
            select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')
            from engagement e
            where e.agreement_id = x.agreement_id and e.notice_id is distinct from x.id
                and (e.until is null or e.end_reason = 'agreement_ended' and e.until = a.ended_at))
    )::text as context,
    x.change_id as shared_by, of_change.shared
from (
    select n as notice, n.id, n.processor_id, n.change_id, n.agreement_id,
        row_number() over (partition by n.change_id order by n.id) = 1 as first
    from unnest($2::uuid[]) as asked (id)
    cross join lateral (select * from notice where id = asked.id offset 0) n
    where n.processor_id = any ($1::uuid[])
) x
cross join lateral (select * from agreement where id = x.agreement_id offset 0) a
cross join lateral (select * from customer where id = a.customer_id offset 0) cu
left join lateral (
    select json_build_object(
        'change', row_to_json(c),
        'processor', row_to_json(p),
        'subprocessor', row_to_json(s),
        'versions', case when c.to_version_id is null then '[]' else json_build_array(c.to_version_id) end,
        'outages', (select coalesce(json_agg(o), '[]') from recent_outage o))::text as shared
    from (select * from change where id = x.change_id offset 0) c
    cross join lateral (select * from processor where id = x.processor_id offset 0) p
    left join lateral (select * from subprocessor where id = c.subprocessor_id offset 0) s on true
    where x.first offset 0
) of_change on true

-- name: list_notices
-- Notices. $2 limit, $3 after id, $4 change, $5 agreement, $6 customer, $7 state, $8 rule, $9 outcome, $10 part of
-- the customer's name, $11 the instant since which it is there, or null.
-- by closes_at timestamptz: coalesce(b.closes_at, 'infinity'), b.id join notice b on b.id = x.id
-- by customer_name text: b.name_sort, x.id join customer b on b.id = x.customer_id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'notice'
-- among agreement_id: select id from notice where agreement_id = $2
-- among customer_id: select id from notice where customer_id = $2
-- among change_id in order: select id from notice where change_id = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by change_id, id limit $3
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'notice' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
-- among q: select coalesce(n.id, c.id) as id from termijn_customers_called($1, $2, $3) as c (id) left join lateral (select id from notice where customer_id = c.id offset 0) n on true
select x.*, (select c.name from customer c where c.id = x.customer_id) as customer_name,
    (select u.name from change h join subprocessor u on u.id = h.subprocessor_id where h.id = x.change_id)
        as subprocessor_name
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from notice_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.change_id = $4)
        and ($5::uuid is null or x.agreement_id = $5)
        and ($6::uuid is null or x.customer_id = $6)
        and ($7::text is null or x.state = $7)
        and ($8::text is null or x.rule = $8)
        and ($9::text is null or x.outcome = $9)
        and ($10::text is null or (
            select strpos(c.name_sort, (select termijn_plain($10))) > 0 from customer c where c.id = x.customer_id))
        and ($11::timestamptz is null or x.created_at >= $11)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: newest_notices
-- Those of a change that were made last: their ids rise. $1 processors, $2 change, $3 limit.
select coalesce(array_agg(n.id) filter (where n.processor_id = any ($1::uuid[])), '{}') from (
    select id, processor_id from notice where change_id = any (array[$2::uuid])
    order by change_id desc, id desc limit $3) n

-- name: read_notice
-- $2 id.
select x.*, (select c.name from customer c where c.id = x.customer_id) as customer_name,
    (select u.name from change h join subprocessor u on u.id = h.subprocessor_id where h.id = x.change_id)
        as subprocessor_name
from notice_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: fold_notice_tallies
-- Add up the counts of the changes that have many rows of them, some at a time. $1 how many rows are many.
with many as (
    select change_id from notice_tally group by change_id having count(*) > $1 limit 20
), gone as (
    delete from notice_tally t using many where t.change_id = many.change_id returning t.*
)
insert into notice_tally (processor_id, change_id, state, outcome, count, running, engaged, holding, waiting, told,
    received, answered)
select processor_id, change_id, state, outcome, sum(count), sum(running), sum(engaged), sum(holding), sum(waiting),
    sum(told), sum(received), sum(answered)
from gone
group by processor_id, change_id, state, outcome
having (sum(count), sum(running), sum(engaged), sum(holding), sum(waiting), sum(told), sum(received), sum(answered))
    <> (0, 0, 0, 0, 0, 0, 0, 0)
