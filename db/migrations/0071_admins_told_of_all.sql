-- An admin came or went: what is overdue is looked at again, of every processor for which nobody works. Whoever asks acts
-- for one of them, and sees no other's.
create function termijn_ring_overdue() returns void language sql volatile security definer
    set search_path = public, pg_temp
    as $$ with alone as materialized (select pg_advisory_xact_lock(hashtext('telling')))
          update concern c set next_at = termijn_now()
          from alone, processor p
          cross join lateral (
              select d.id from deadline d
              where d.processor_id = p.id and d.closed_at is null and d.due_at <= termijn_now()
              union all
              select t.id from task t
              where t.processor_id = p.id and t.done_at is null
                  and coalesce(t.due_at, 'infinity') <= termijn_now()) x
          where not termijn_anybody(p.id) and c.id = x.id $$;
revoke execute on function termijn_ring_overdue() from public;
grant execute on function termijn_ring_overdue() to termijn_api, termijn_worker;
