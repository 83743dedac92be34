-- Links that confirm an erasure (P23), and two more ways to find one before the tenant is known.
alter table link drop constraint link_purpose_check;
alter table link add constraint link_purpose_check check (purpose in ('notice', 'contact', 'erasure'));

-- Before the tenant is known: the erasure that a link of its own confirmed. It opens nothing any more; the same
-- form sent twice gets the same answer.
create function termijn_spent_link(token bytea)
    returns table (id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text,
                   subject_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select l.id, l.processor_id, l.customer_id, l.contact_id, l.purpose, l.subject_id from link l
          where l.token_sha256 = token and l.revoked_at is not null and l.purpose = 'erasure' $$;

-- Before the tenant is known: the own page that a calendar's address was derived from, which its caller proves.
create function termijn_own_page(wanted uuid)
    returns table (id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text,
                   subject_id uuid, generation integer)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select l.id, l.processor_id, l.customer_id, l.contact_id, l.purpose, l.subject_id, l.generation from link l
          where l.id = wanted and l.purpose = 'contact' and l.revoked_at is null $$;

revoke execute on function termijn_spent_link(bytea), termijn_own_page(uuid) from public;
grant execute on function termijn_spent_link(bytea), termijn_own_page(uuid) to termijn_api, termijn_worker;
