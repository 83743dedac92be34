-- Customers with their contacts.

-- name: put_customer
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into customer (
    id, processor_id, name, country, language, role, contacts, merged_into, over_at, erased_at,
    manager_id, deputy_id, external_id, address, labels)
select
    id, processor_id, name, country, language, role, contacts, merged_into, over_at, erased_at, manager_id, deputy_id,
    external_id, address, labels
from jsonb_populate_recordset(jsonb_populate_record(null::customer, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    name = excluded.name, country = excluded.country, language = excluded.language, role = excluded.role,
    contacts = excluded.contacts, merged_into = excluded.merged_into, over_at = excluded.over_at,
    erased_at = excluded.erased_at, manager_id = excluded.manager_id, deputy_id = excluded.deputy_id,
    external_id = excluded.external_id, address = excluded.address, labels = excluded.labels

-- name: load_customer
select c.id, row_to_json(c)::text as entity, null::uuid as terms_version_id,
    json_build_object('agreements', (
        select coalesce(json_agg(a.id order by a.id), '[]')
        from (select id from agreement where customer_id = c.id offset 0) a),
        'notices', (
            select coalesce(json_agg(n.id order by n.id), '[]')
            from (select id from agreement where customer_id = c.id offset 0) a
            cross join lateral (select id from notice where agreement_id = a.id offset 0) n
            cross join lateral (select tags from subject where id = n.id offset 0) ns
            where 'live' = any (ns.tags)),
        'waiting', (
            select coalesce(json_agg(t.key), '[]') from (select * from task where about = c.id offset 0) t
            where t.kind = 'contact_corrected' and t.done_at is null),
        'needs', json_build_object(
            'retention', p.retention,
            'timezone', p.timezone,
            'agreements', (
                select count(*) from (select id from agreement where customer_id = c.id offset 0) a
                cross join lateral (select open from subject where id = a.id offset 0) s
                where s.open),
            'pending', case when c.over_at is null and c.merged_into is null then 0 else (
                select count(*) from termijn_belongs(c.id) b
                cross join lateral (select id, open from subject where id = b offset 0) s
                where s.open and s.id <> c.id) end,
            'merged', (select coalesce(json_agg(m.id order by m.id), '[]') from customer m where m.merged_into = c.id),
            'kept', case when c.over_at is null and c.merged_into is null then '{}'::json else json_build_object(
                'messages', (select count(*) from message m where m.customer_id = c.id and m.content is not null),
                'inbound', (
                    select count(*) from inbound i join termijn_belongs(c.id) b on i.subject_id = b
                    where i.content <> '' or i.file_id is not null),
                'answers', (
                    select coalesce(sum(jsonb_array_length(n.answers)), 0) from notice n where n.customer_id = c.id),
                'records', (
                    select count(*) from personal r where r.subject_id in (
                        select b from termijn_belongs(c.id) b
                        union select t.id from termijn_belongs(c.id) b join task t on t.about = b))) end))::text as context
from unnest($2::uuid[]) as asked (id)
cross join lateral (select * from customer where id = asked.id offset 0) c
cross join lateral (select * from processor where id = c.processor_id offset 0) p
where c.processor_id = any ($1::uuid[])

-- name: one_customer
select row_to_json(c)::text from customer c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: list_customers
-- Customers. $2 limit, $3 after id, $4 name, $5 country, $6 language, $7 role, $8 state, $9 part of its name or
-- the processor's own number, $10 the instant since which it is there, $11 the user who looks after it, $12 the
-- processor's own number, $13 a label, or null.
-- by name text: b.name_sort, b.id join customer b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'customer'
-- among name: select c.id from termijn_customers_named($1, $2, $3) as c (id)
-- among q: select c.id from termijn_customers_called($1, $2, $3) as c (id)
-- among q by name: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from customer where processor_id = any (array[tenant.id]) and (name_sort, id) > ((select coalesce($5::text, '')), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')) and strpos(name_sort, (select termijn_plain($2))) > 0 order by processor_id, name_sort, id limit $3) t union select n.id from termijn_customers_numbered($1, $2, null) as n (id)
-- among q by name down: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from customer where processor_id = any (array[tenant.id]) and (name_sort, id) < ((select coalesce($5::text, repeat(chr(1114111), 1000))), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) and strpos(name_sort, (select termijn_plain($2))) > 0 order by processor_id desc, name_sort desc, id desc limit $3) t union select n.id from termijn_customers_numbered($1, $2, null) as n (id)
-- among label: select c.id from termijn_customers_labelled($1, $2, $3) as c (id)
-- among external_id: select id from customer where processor_id = any ($1) and external_id = $2
-- among manager_id in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from customer where processor_id = any (array[tenant.id]) and manager_id = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, manager_id, id limit $3) t
-- among country in order: select t.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from customer where processor_id = any (array[tenant.id]) and country = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, country, id limit $3) t
-- among state in order: select s.id from unnest($1::uuid[]) as tenant (id) cross join lateral (select id from subject where processor_id = any (array[tenant.id]) and kind = 'customer' and state = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by processor_id, kind, state, id limit $3) s
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from customer_shown x
    join customer own on own.id = x.id
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or termijn_name_key(x.name) = termijn_name_key($4))
        and ($5::text is null or x.country = $5)
        and ($6::text is null or x.language = $6)
        and ($7::text is null or x.role = $7)
        and ($8::text is null or x.state = $8)
        and ($9::text is null or strpos(own.name_sort, (select termijn_plain($9))) > 0
            or x.id = any (array(select n.id from termijn_customers_numbered($1, $9, null) as n (id))))
        and ($10::timestamptz is null or x.created_at >= $10)
        and ($11::uuid is null or x.manager_id = $11)
        and ($12::text is null or x.external_id = $12)
        and ($13::text is null or exists (
            select from customer o cross join unnest(o.labels) l (label) where o.id = x.id and lower(l.label) = lower($13)))
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_customer
-- $2 id.
select * from customer_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2
