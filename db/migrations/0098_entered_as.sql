-- An import finds what its file speaks of by indexes, also by what was said when it was entered: before this it read the
-- first event of every customer and agreement for each file.
create function termijn_customers_entered(owner uuid, names text[], keys text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(names) as wanted (name)
          cross join lateral (
              select id from customer where processor_id = owner and termijn_name_key(name) = wanted.name
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'customer.%'
                  and termijn_name_key(body::json -> 'data' ->> 'name') = wanted.name) found
          where owner = any (termijn_processors())
          union
          select found.id
          from unnest(keys) as wanted (key)
          cross join lateral (
              select id from customer where processor_id = owner and termijn_name_key(external_id) = wanted.key
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'customer.%'
                  and termijn_name_key(body::json -> 'data' -> 'imported' ->> 'key') = wanted.key) found
          where owner = any (termijn_processors()) $$;

-- The agreements that customers have, and those that were entered for them.
create function termijn_agreements_entered(owner uuid, customers uuid[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(customers) as wanted (id)
          cross join lateral (
              select a.id
              from (select id, processor_id from agreement where customer_id = wanted.id offset 0) a
              where a.processor_id = owner
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'agreement.%'
                  and body::json -> 'data' ->> 'customer_id' = wanted.id::text) found
          where owner = any (termijn_processors())
          group by found.id $$;
revoke execute on function termijn_customers_entered(uuid, text[], text[]), termijn_agreements_entered(uuid, uuid[])
    from public;
grant execute on function termijn_customers_entered(uuid, text[], text[]), termijn_agreements_entered(uuid, uuid[])
    to termijn_api, termijn_worker;

-- The same parts in half the time, which is what these indexes cost most when a customer or an agreement is written. One
-- may come twice: the index keeps it once, and so does whoever asks it.
create or replace function termijn_grams(owner uuid, words text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(whose || substr(words, n, 3)), '{}')
          from (select owner::text as whose offset 0) o cross join generate_series(1, length(words) - 2) n $$;
create or replace function termijn_parts(owner uuid, said text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(whose || substr(said, n, length)), '{}')
          from (select owner::text as whose offset 0) o cross join generate_series(1, 3) length
          cross join lateral generate_series(1, length(said) - length + 1) n $$;
