-- What a person looks for on the board, in all that subjects are known by.

-- name: sought
-- Subjects of the kinds $4 in whose words each of $2 is found, whatever its case and accents, no more than $3 of a kind:
-- by name where they have one, else the newest first. Whatever is known of one counts: names, contacts with their
-- addresses, own numbers, references, summaries. It reads all of a processor's; by a part of a name alone the lists have
-- an index. $1 processors.
with wanted as materialized (
    select array_agg(termijn_plain(word)) as words from unnest($2::text[]) word
), known (kind, id, by_name, said) as (
    select 'customer', c.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', c.external_id, (
            select string_agg(concat_ws(' ', p ->> 'name', p ->> 'email', p ->> 'phone'), ' ')
            from jsonb_array_elements(c.contacts) p)))
    from customer c where 'customer' = any ($4::text[]) and c.processor_id = any ($1::uuid[])
    union all
    select 'agreement', a.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', a.terms, a.external_id,
            c.external_id, (select string_agg(m ->> 'reference', ' ') from jsonb_array_elements(a.main_contracts) m)))
    from agreement a join customer c on c.id = a.customer_id
    where 'agreement' = any ($4::text[]) and a.processor_id = any ($1::uuid[])
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
    union all
    select 'request', r.id, null, c.name_sort || ' ' || termijn_plain(r.reference)
    from request r join customer c on c.id = r.customer_id
    where 'request' = any ($4::text[]) and r.processor_id = any ($1::uuid[])
    union all
    select 'matter', m.id, null, c.name_sort || ' ' || termijn_plain(m.subject)
    from matter m join customer c on c.id = m.customer_id
    where 'matter' = any ($4::text[]) and m.processor_id = any ($1::uuid[])
    union all
    select 'audit', u.id, null, c.name_sort || ' ' || termijn_plain(u.auditor)
    from audit u join customer c on c.id = u.customer_id
    where 'audit' = any ($4::text[]) and u.processor_id = any ($1::uuid[])
), found as (
    select k.kind, k.id, row_number() over (partition by k.kind order by k.by_name, k.id desc) as place
    from known k
    where not exists (select from unnest((select words from wanted)) word where strpos(k.said, word) = 0)
)
select kind, id from found where place <= $3 order by kind, place
