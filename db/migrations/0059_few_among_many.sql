-- What filters of lists let through is found by indexes of its own, however much there is besides.

-- Three letters each of a name as it is searched, behind the processor whose it is: what an index of parts of names
-- holds. A word of one or two letters has none.
create function termijn_grams(owner uuid, words text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct owner::text || substr(words, n, 3)), '{}')
          from generate_series(1, length(words) - 2) n $$;
create index customer_called on customer using gin (termijn_grams(processor_id, name_sort)) with (fastupdate = off);

-- The customers in whose names these words are, as termijn_plain gives them: `most` at most, and as many where there
-- may be that many. Row-level security lets no array into the condition of an index, so whom it may tell of is asked
-- here. Bitmaps are the only way into such an index.
create function termijn_customers_called(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp set enable_bitmapscan = on
    as $$ with wanted as (select termijn_plain(words) as words)
          select found.id
          from wanted
          cross join unnest(owners) as owner (id)
          cross join lateral (
              select c.id from customer c
              where termijn_grams(c.processor_id, c.name_sort) @> termijn_grams(owner.id, wanted.words)
                  and strpos(c.name_sort, wanted.words) > 0
              limit most) found
          where length(wanted.words) > 2 and owner.id = any (termijn_processors())
          union all
          select null from wanted, generate_series(1, most) where length(wanted.words) <= 2 $$;

create index subject_by_state on subject (processor_id, kind, state, id);
-- Written so that nothing but the question whom one works for takes it: the gate looks in an agreement's own rows.
create index engagement_by_subprocessor on engagement ((case when since is not null then subprocessor_id end), id);
create index request_by_customer on request (customer_id);
create index audit_by_customer on audit (customer_id);
create index matter_by_customer on matter (customer_id);

-- What the board begins with: what waits for whom, the soonest first.
create index deadline_by_party on deadline (processor_id, party, due_at, id) where closed_at is null;
create index task_waiting on task (processor_id, coalesce(due_at, 'infinity'), id)
    where done_at is null and data ->> 'deadline_id' is null;
create index task_by_kind on task (processor_id, kind, id);
create index task_by_owner on task (processor_id, owner, id) where owner is not null;
