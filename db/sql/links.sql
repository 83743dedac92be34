-- Links of contacts: one a contact, purpose and subject. Tokens are never stored, only their SHA-256.

-- name: revoke_links
with gone as (
    select l.id, r.at
    from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, subject_id uuid, contact_id uuid, whole boolean, purpose text, at timestamptz)
    cross join lateral (select * from link where contact_id = r.contact_id offset 0) l
    where l.processor_id = r.processor_id and l.revoked_at is null and (
        r.whole or l.subject_id = r.subject_id and r.purpose in ('', l.purpose))
)
update link l set revoked_at = gone.at, generation = l.generation + 1
from gone where l.id = gone.id

-- name: find_links
-- $1 processors, $2 contacts, $3 purposes, $4 subjects, one row each.
select l.id, l.contact_id, l.purpose, l.subject_id, l.generation, l.revoked_at, l.token_sha256
from unnest($2::uuid[], $3::text[], $4::uuid[]) as w (contact_id, purpose, subject_id)
cross join lateral (
    select * from link where contact_id = w.contact_id and purpose = w.purpose and subject_id = w.subject_id
    offset 0) l
where l.processor_id = any ($1::uuid[])

-- name: insert_links
-- Whoever comes second finds the first one's. $1 rows as JSON.
insert into link (id, processor_id, customer_id, contact_id, purpose, subject_id, generation, token_sha256, created_at)
select r.id, r.processor_id, r.customer_id, r.contact_id, r.purpose, r.subject_id, r.generation,
    decode(r.token_sha256, 'hex'), r.created_at
from jsonb_to_recordset($1::jsonb) as r (
    id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text, subject_id uuid,
    generation integer, token_sha256 text, created_at timestamptz)
order by r.contact_id, r.purpose, r.subject_id
on conflict (contact_id, purpose, subject_id) do nothing

-- name: renew_link
-- The server has a new secret: the link opens with a token of it from now on.
-- $1 processors, $2 link, $3 generation, $4 digest.
update link set generation = $3, token_sha256 = $4
where processor_id = any ($1::uuid[]) and id = $2 and generation = $3 - 1 and revoked_at is null

-- name: revive_link
-- The contact is told anew: a new token opens it, the old one stays dead.
-- $1 processors, $2 link, $3 generation, $4 digest.
update link set generation = $3, token_sha256 = $4, revoked_at = null
where processor_id = any ($1::uuid[]) and id = $2 and generation = $3 - 1 and revoked_at is not null
