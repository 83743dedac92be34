-- Whose own number these words are: asked once for a list, rather than for each row that is looked at.
create function termijn_customers_numbered(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select c.id from customer c
          where c.processor_id = any (owners) and c.processor_id = any (termijn_processors())
              and c.external_id is not null and termijn_plain(c.external_id) = termijn_plain(words)
          limit most $$;
revoke execute on function termijn_customers_numbered(uuid[], text, integer) from public;
grant execute on function termijn_customers_numbered(uuid[], text, integer) to termijn_api, termijn_worker;
