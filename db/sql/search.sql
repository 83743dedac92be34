-- What people look for.

-- name: sought
-- Subjects of the kinds $4 in whose words each of $2 is found, whatever its case and accents, no more than $3 of a kind:
-- by name where they have one, else the newest first. Whatever is known of one counts: names, contacts with their
-- addresses, own numbers, references, summaries. Where an index tells of no more than five hundred that may have the
-- words, those are looked through. Else enough are soon found in the order in which they are shown, unless words that many
-- have stand together in few; CASE keeps the server from thinking that few rows pass and sorting them all. Of
-- subprocessors, changes and breaches there are few: all are read. $1 processors.
with wanted as materialized (
    select coalesce(array_agg(termijn_plain(word)), '{}') as words,
        coalesce(array_agg('%' || regexp_replace(termijn_plain(word), '[\\%_]', '\\\&', 'g') || '%'), '{}') as parts
    from unnest($2::text[]) word
), few as materialized (
    select distinct f.kind, f.id from wanted cross join lateral termijn_sought($1::uuid[], $4::text[], words, 500) f
), many as materialized (
    select coalesce(array_agg(few.kind), '{}') as kinds from few where few.id is null
), known (kind, id, by_name, said) as (
    select 'customer', c.id, c.name_sort, termijn_customer_words(c.name_sort, c.external_id, c.contacts)
    from few cross join lateral (select * from customer where id = few.id offset 0) c
    where few.kind = 'customer' and c.processor_id = any ($1::uuid[])
    union all
    select 'agreement', a.id, c.name_sort, c.name_sort || ' '
        || termijn_agreement_words(a.terms, a.external_id, c.external_id, a.main_contracts)
    from few cross join lateral (select * from agreement where id = few.id offset 0) a
    cross join lateral (select * from customer where id = a.customer_id offset 0) c
    where few.kind = 'agreement' and a.processor_id = any ($1::uuid[])
    union all
    select 'request', r.id, null, c.name_sort || ' ' || termijn_plain(r.reference)
    from few cross join lateral (select * from request where id = few.id offset 0) r
    cross join lateral (select * from customer where id = r.customer_id offset 0) c
    where few.kind = 'request' and r.processor_id = any ($1::uuid[])
    union all
    select 'matter', m.id, null, c.name_sort || ' ' || termijn_plain(m.subject)
    from few cross join lateral (select * from matter where id = few.id offset 0) m
    cross join lateral (select * from customer where id = m.customer_id offset 0) c
    where few.kind = 'matter' and m.processor_id = any ($1::uuid[])
    union all
    select 'audit', u.id, null, c.name_sort || ' ' || termijn_plain(u.auditor)
    from few cross join lateral (select * from audit where id = few.id offset 0) u
    cross join lateral (select * from customer where id = u.customer_id offset 0) c
    where few.kind = 'audit' and u.processor_id = any ($1::uuid[])
    union all
    select 'subprocessor', u.id, u.name_sort, u.name_sort || ' ' || termijn_plain(
            concat_ws(' ', array_to_string(u.aliases, ' '), u.service, u.external_id))
    from subprocessor u where 'subprocessor' = any ($4::text[]) and u.processor_id = any ($1::uuid[])
    union all
    select 'change', c.id, null, termijn_plain(concat_ws(' ', u.name, array_to_string(u.aliases, ' '), r.name, c.reason,
            c.terms, c.to_version))
    from change c
    left join subprocessor u on u.id = c.subprocessor_id
    left join subprocessor r on r.id = c.replaces_id
    where 'change' = any ($4::text[]) and c.processor_id = any ($1::uuid[])
    union all
    select 'breach', b.id, null, termijn_plain(concat_ws(' ', b.summary, (
            select string_agg(value, ' ') from jsonb_each_text(b.summary_in))))
    from breach b where 'breach' = any ($4::text[]) and b.processor_id = any ($1::uuid[])
), found (kind, id, by_name) as (
    select k.kind, k.id, k.by_name from known k where k.said like all ((select parts from wanted)::text[])
    union
    select 'customer', x.id, x.name_sort from unnest($1::uuid[]) as tenant (id) cross join lateral (
        select c.id, c.name_sort from customer c
        where c.processor_id = any (array[tenant.id]) and 'customer' = any ((select kinds from many)::text[])
            and case when termijn_customer_words(c.name_sort, c.external_id, c.contacts)
                like all ((select parts from wanted)::text[]) then true end
        order by c.processor_id, c.name_sort fetch first $3 rows with ties) x
    union
    select 'agreement', x.id, x.name_sort from unnest($1::uuid[]) as tenant (id) cross join lateral (
        select a.id, c.name_sort from customer c
        cross join lateral (select * from agreement where customer_id = c.id offset 0) a
        where c.processor_id = any (array[tenant.id]) and 'agreement' = any ((select kinds from many)::text[])
            and case when c.name_sort || ' '
                || termijn_agreement_words(a.terms, a.external_id, c.external_id, a.main_contracts)
                like all ((select parts from wanted)::text[]) then true end
        order by c.processor_id, c.name_sort fetch first $3 rows with ties) x
    union
    select 'request', x.id, null from unnest($1::uuid[]) as tenant (id) cross join lateral (
        select r.id from request r
        cross join lateral (select * from customer where id = r.customer_id offset 0) c
        where r.processor_id = any (array[tenant.id]) and 'request' = any ((select kinds from many)::text[])
            and case when c.name_sort || ' ' || termijn_plain(r.reference)
                like all ((select parts from wanted)::text[]) then true end
        order by r.processor_id desc, r.id desc limit $3) x
    union
    select 'matter', x.id, null from unnest($1::uuid[]) as tenant (id) cross join lateral (
        select m.id from matter m
        cross join lateral (select * from customer where id = m.customer_id offset 0) c
        where m.processor_id = any (array[tenant.id]) and 'matter' = any ((select kinds from many)::text[])
            and case when c.name_sort || ' ' || termijn_plain(m.subject)
                like all ((select parts from wanted)::text[]) then true end
        order by m.processor_id desc, m.id desc limit $3) x
    union
    select 'audit', x.id, null from unnest($1::uuid[]) as tenant (id) cross join lateral (
        select u.id from audit u
        cross join lateral (select * from customer where id = u.customer_id offset 0) c
        where u.processor_id = any (array[tenant.id]) and 'audit' = any ((select kinds from many)::text[])
            and case when c.name_sort || ' ' || termijn_plain(u.auditor)
                like all ((select parts from wanted)::text[]) then true end
        order by u.processor_id desc, u.id desc limit $3) x
), placed as (
    select f.kind, f.id, row_number() over (partition by f.kind order by f.by_name, f.id desc) as place from found f
)
select kind, id from placed where place <= $3 order by kind, place
