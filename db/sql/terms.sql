-- Terms versions: never changed, only added to.

-- name: insert_terms_version
-- $1 id, $2 processor or null, $3 terms, $4 version, $5 title, $6 document, $7 digest, $8 instant.
insert into terms_version (id, processor_id, terms, version, title, document, digest, created_at)
values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
on conflict do nothing

-- name: terms_known
-- $1 processor, or null for everyone's alone; $2 terms.
select exists (select from terms_version where (processor_id is null or processor_id = $1) and terms = $2)
