-- What a person looks for on the board, in all that subjects are known by.

-- name: sought
-- Subjects of the kinds $4 in whose words each of $2 is found, whatever its case and accents, no more than $3 of a kind.
-- Whatever is known of one counts: names, contacts with their addresses, own numbers, references, summaries. It reads
-- all of a processor's; by a part of a name alone the lists have an index. $1 processors.
with wanted as (select array_agg(termijn_plain(word)) as words from unnest($2::text[]) word)
select x.kind, x.id
from wanted, lateral (
    (select 'customer' as kind, s.id
    from (select c.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', c.external_id, (
                select string_agg(concat_ws(' ', p ->> 'name', p ->> 'email', p ->> 'phone'), ' ')
                from jsonb_array_elements(c.contacts) p))) as said
            from customer c where 'customer' = any ($4::text[]) and c.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.name_sort, s.id limit $3)
    union all
    (select 'agreement', s.id
    from (select a.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', a.terms, a.external_id, c.external_id, (
                select string_agg(m ->> 'reference', ' ') from jsonb_array_elements(a.main_contracts) m))) as said
            from agreement a join customer c on c.id = a.customer_id
            where 'agreement' = any ($4::text[]) and a.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.name_sort, s.id limit $3)
    union all
    (select 'subprocessor', s.id
    from (select u.id, u.name_sort, u.name_sort || ' ' || termijn_plain(
                concat_ws(' ', array_to_string(u.aliases, ' '), u.service, u.external_id)) as said
            from subprocessor u where 'subprocessor' = any ($4::text[]) and u.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.name_sort, s.id limit $3)
    union all
    (select 'change', s.id
    from (select c.id, termijn_plain(concat_ws(' ', u.name, array_to_string(u.aliases, ' '), r.name, c.reason, c.terms,
                c.to_version)) as said
            from change c
            left join subprocessor u on u.id = c.subprocessor_id
            left join subprocessor r on r.id = c.replaces_id
            where 'change' = any ($4::text[]) and c.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.id desc limit $3)
    union all
    (select 'breach', s.id
    from (select b.id, termijn_plain(concat_ws(' ', b.summary, (
                select string_agg(value, ' ') from jsonb_each_text(b.summary_in)))) as said
            from breach b where 'breach' = any ($4::text[]) and b.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.id desc limit $3)
    union all
    (select 'request', s.id
    from (select r.id, c.name_sort || ' ' || termijn_plain(r.reference) as said
            from request r join customer c on c.id = r.customer_id
            where 'request' = any ($4::text[]) and r.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.id desc limit $3)
    union all
    (select 'matter', s.id
    from (select m.id, c.name_sort || ' ' || termijn_plain(m.subject) as said
            from matter m join customer c on c.id = m.customer_id
            where 'matter' = any ($4::text[]) and m.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.id desc limit $3)
    union all
    (select 'audit', s.id
    from (select u.id, c.name_sort || ' ' || termijn_plain(u.auditor) as said
            from audit u join customer c on c.id = u.customer_id
            where 'audit' = any ($4::text[]) and u.processor_id = any ($1::uuid[])) s
    where not exists (select from unnest(wanted.words) w where strpos(s.said, w) = 0)
    order by s.id desc limit $3)) x
