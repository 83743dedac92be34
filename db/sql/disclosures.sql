-- Who took away what holds personal data.

-- name: insert_disclosure
-- $1 id, $2 processor, $3 what, $4 what it is about, $5 actor.
insert into disclosure (id, processor_id, what, about, by, at) values ($1, $2, $3, $4, $5, termijn_now())

-- name: list_disclosures
-- $1 processors, $2 limit, $3 after id, $4 about, $5 actor or null.
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select * from disclosure x
    where x.processor_id = any (array[tenant.id])
        and x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or x.about = $4)
        and ($5::text is null or x.by = $5)
    order by x.processor_id, x.id limit $2) x
order by x.id limit $2

-- name: note_read
-- Once an hour for each list and whoever reads it. $1 processors, $2 list, $3 actor.
insert into disclosure (id, processor_id, what, about, by, at)
select uuidv7(), tenant.id, $2, tenant.id, $3, termijn_now() from unnest($1::uuid[]) as tenant (id)
on conflict (processor_id, by, what, date_trunc('hour', at at time zone 'UTC'))
    where what not in ('evidence', 'declaration', 'message', 'attachment') do nothing
