-- Rules of before are looked through while people work, and what was erased before there was a store is known to be gone.
alter table inbound validate constraint inbound_kind_check;
alter table file validate constraint file_object_check;
alter table file validate constraint file_removed_check;
update file set removed_at = erased_at where erased_at is not null and removed_at is null and object_id is null;

-- Labels, each with whose it is, by which they are found: capitals make no other label.
create function termijn_labelled(owner uuid, labels text[]) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(owner::text || ':' || lower(label)), '{}') from unnest(labels) label $$;
create function termijn_agreements_labelled(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    set enable_bitmapscan = on
    as $$ select a.id from agreement a
          where a.labels <> '{}' and termijn_labelled(a.processor_id, a.labels) && (
              select array_agg(owner::text || ':' || lower(wanted)) from unnest(owners) owner
              where owner = any (termijn_processors()))
          limit most $$;
create function termijn_customers_labelled(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    set enable_bitmapscan = on
    as $$ select c.id from customer c
          where c.labels <> '{}' and termijn_labelled(c.processor_id, c.labels) && (
              select array_agg(owner::text || ':' || lower(wanted)) from unnest(owners) owner
              where owner = any (termijn_processors()))
          limit most $$;
revoke execute on function termijn_agreements_labelled(uuid[], text, integer),
    termijn_customers_labelled(uuid[], text, integer) from public;
grant execute on function termijn_agreements_labelled(uuid[], text, integer),
    termijn_customers_labelled(uuid[], text, integer) to termijn_api, termijn_worker;
