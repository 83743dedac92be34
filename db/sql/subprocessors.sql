-- Subprocessors as they are known to their processor.

-- name: put_subprocessor
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into subprocessor (
    id, processor_id, name, aliases, service, services, country, countries, address, contact, categories,
    transfer_basis, bound_on, bound_evidence, duplicate_of, service_in, categories_in, certifications, external_id, labels)
select
    id, processor_id, name, aliases, service, services, country, countries, address, contact, categories,
    transfer_basis, bound_on, bound_evidence, duplicate_of, service_in, categories_in, certifications, external_id,
    labels
from jsonb_populate_recordset(jsonb_populate_record(null::subprocessor, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    name = excluded.name, aliases = excluded.aliases, service = excluded.service, services = excluded.services,
    country = excluded.country, countries = excluded.countries, address = excluded.address,
    contact = excluded.contact, categories = excluded.categories, transfer_basis = excluded.transfer_basis,
    bound_on = excluded.bound_on, bound_evidence = excluded.bound_evidence,
    duplicate_of = excluded.duplicate_of, service_in = excluded.service_in,
    categories_in = excluded.categories_in, certifications = excluded.certifications,
    external_id = excluded.external_id, labels = excluded.labels

-- name: load_subprocessor
select s.id, row_to_json(s)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from subprocessor s where s.processor_id = any ($1::uuid[]) and s.id = any ($2::uuid[])

-- name: one_subprocessor
select row_to_json(s)::text from subprocessor s where s.processor_id = any ($1::uuid[]) and s.id = $2

-- name: list_subprocessors
-- Subprocessors. $2 limit, $3 after id, $4 name, $5 country, $6 part of one of its names or of the
-- processor's own number, $7 that number, $8 a label, or null.
-- by name text: b.name_sort, b.id join subprocessor b on b.id = x.id
-- by created_at timestamptz: o.created_at, o.id join subject o on o.id = x.id and o.kind = 'subprocessor'
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select x.* from subprocessor_shown x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or termijn_name_key(x.name) = termijn_name_key($4))
        and ($5::text is null or x.country = $5)
        and ($7::text is null or x.external_id = $7)
        and ($8::text is null or exists (
            select from subprocessor o cross join unnest(o.labels) l (label) where o.id = x.id and lower(l.label) = lower($8)))
        and ($6::text is null or exists (
            select from subprocessor u cross join unnest(array[u.name, u.external_id] || u.aliases) as called (name)
            where u.id = x.id and strpos(termijn_plain(called.name), (select termijn_plain($6))) > 0))
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: read_subprocessor
-- $2 id.
select * from subprocessor_shown x where x.processor_id = any ($1::uuid[]) and x.id = $2

-- name: subprocessors_known
-- Which of these ids are this processor's. $2 ids.
select coalesce(array_agg(id), '{}') from subprocessor
where processor_id = any ($1::uuid[]) and id = any ($2::uuid[])

-- name: subprocessor_names
select id, name, aliases from subprocessor where processor_id = any ($1::uuid[]) order by id

-- name: announced_about
-- A subprocessor, and the changes about it that customers may still answer; `goes`: it is the one that is replaced.
-- $1 processor, $2 subprocessor.
select row_to_json(s)::text as subprocessor, (
    select coalesce(json_agg(json_build_object('id', c.id, 'goes', c.subprocessor_id is distinct from s.id)
        order by c.subprocessor_id is distinct from s.id, c.id), '[]')::text
    from change c join subject cs on cs.id = c.id
    where c.processor_id = $1 and (c.subprocessor_id = s.id or c.replaces_id = s.id) and 'announced' = any (cs.tags)
        and exists (
            select from notice n join subject ns on ns.id = n.id
            where n.change_id = c.id and 'live' = any (ns.tags) and n.engaged_at is null)) as changes
from subprocessor s where s.processor_id = $1 and s.id = $2

-- name: announced_besides
-- What customers were told of a subprocessor by the other changes that they may still answer. $1 processor,
-- $2 subprocessor, $3 the change that is left out.
select (case when c.subprocessor_id = $2 then c.announced -> -1 -> 'subprocessor'
    else c.announced -> -1 -> 'replaced' end)::text as told
from change c join subject cs on cs.id = c.id
where c.processor_id = $1 and (c.subprocessor_id = $2 or c.replaces_id = $2) and c.id <> $3
    and 'announced' = any (cs.tags) and jsonb_array_length(c.announced) > 0
    and exists (
        select from notice n join subject ns on ns.id = n.id
        where n.change_id = c.id and 'live' = any (ns.tags) and n.engaged_at is null)
order by c.id

-- name: terms_told_or_worked_under
-- The versions of terms of the agreements that a subprocessor works for, and of those that may still answer a change
-- that brings it. $1 processor, $2 subprocessor.
select coalesce(array_agg(distinct a.terms_version_id), '{}')
from (
    select e.agreement_id from engagement e
    where e.processor_id = $1 and e.subprocessor_id = $2 and e.until is null
    union
    select n.agreement_id
    from change c join notice n on n.change_id = c.id join subject ns on ns.id = n.id
    where c.processor_id = $1 and c.subprocessor_id = $2 and 'live' = any (ns.tags) and n.engaged_at is null) of
join agreement a on a.id = of.agreement_id
