-- What the API reads, one statement a question. $1 is the processors the caller may see.
-- Lists go by id; `$..::uuid` cursors are the last id of the page before.

-- name: one_processor
select row_to_json(p)::text from processor p where p.id = any ($1::uuid[]) and p.id = $2

-- name: one_customer
select row_to_json(c)::text from customer c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: one_subprocessor
select row_to_json(s)::text from subprocessor s where s.processor_id = any ($1::uuid[]) and s.id = $2

-- name: one_agreement
select row_to_json(a)::text from agreement a where a.processor_id = any ($1::uuid[]) and a.id = $2

-- name: one_change
select row_to_json(c)::text from change c where c.processor_id = any ($1::uuid[]) and c.id = $2

-- name: subprocessors_known
-- Which of these ids are this processor's. $2 ids.
select coalesce(array_agg(id), '{}') from subprocessor
where processor_id = any ($1::uuid[]) and id = any ($2::uuid[])

-- name: subprocessor_names
select id, name, aliases from subprocessor where processor_id = any ($1::uuid[]) order by id

-- name: hold_register
-- One agreement at a time makes the subprocessors that its register names. $1 the processor's id as text.
select pg_advisory_xact_lock(hashtextextended('register:' || $1, 0))

-- name: visible_terms
-- The latest version that the processor may see, everyone's or its own. $2 terms, $3 version or null.
select id, version from terms_version
where (processor_id is null or processor_id = any ($1::uuid[])) and terms = $2
    and ($3::text is null or version = $3)
order by id desc
limit 1

-- name: visible_terms_names
select terms, string_agg(distinct version, ', ') as versions from terms_version
where processor_id is null or processor_id = any ($1::uuid[])
group by terms order by terms

-- name: subject_version
-- $2 id.
select version from subject where processor_id = any ($1::uuid[]) and id = $2

-- name: agreements_to_preview
-- Those that would be told, and those that are still to come. $1 processor, $2 change, $3 cursor, $4 how many.
select a.id, a.terms_version_id, row_to_json(a)::text as agreement, row_to_json(c)::text as customer,
    n.id as notice_id, s.tags,
    (select coalesce(json_agg(json_build_array(e.subprocessor_id, e.country)), '[]')::text
        from engagement e where e.agreement_id = a.id and e.until is null
            and (n.id is null or e.notice_id is distinct from n.id)) as engaged
from agreement a
join subject s on s.id = a.id
join customer c on c.id = a.customer_id
left join notice n on n.agreement_id = a.id and n.change_id = $2
where a.processor_id = $1 and s.open and ($3::uuid is null or a.id > $3)
order by a.id
limit $4

