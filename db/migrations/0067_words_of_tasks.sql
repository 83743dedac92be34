-- Tasks are found by a part of what they say, in each language that they were written in, as customers are by a part of
-- their names.

-- What a task says, as it is searched.
create function termijn_task_words(text text, data jsonb) returns text language sql immutable strict parallel safe
    set search_path = public, pg_temp
    as $$ select termijn_plain(text || coalesce(' ' || (
              select string_agg(value, ' ' order by key) from jsonb_each_text(data) where key like 'text\_%'), '')) $$;

-- Three letters each, behind the processor whose they are, each as a number: sentences have many, and numbers are small.
-- Some share a number, so what is found is looked at once more.
create function termijn_gram_numbers(owner uuid, words text) returns integer[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct hashtext(owner::text || substr(words, n, 3))), '{}')
          from generate_series(1, length(words) - 2) n $$;

-- The tasks that say these words: `most` at most, and as many where there may be that many: for a word of one or two
-- letters, and where more than one in ten of the oldest and newest says so. A page of those is soon full, and the index
-- would be asked for all of them. Row-level security lets no array into the condition of an index, so whom it may tell of
-- is asked here.
create function termijn_tasks_saying(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp set enable_bitmapscan = on
    as $$ with wanted as materialized (select termijn_plain(words) as words),
          looked as materialized (
              select strpos(termijn_task_words(t.text, t.data), wanted.words) > 0 as says
              from wanted
              cross join unnest(owners) as owner (id)
              cross join lateral (
                  (select text, data from task where processor_id = any (array[owner.id])
                      order by processor_id, id limit 1 + 50 / cardinality(owners))
                  union all
                  (select text, data from task where processor_id = any (array[owner.id])
                      order by processor_id desc, id desc limit 1 + 50 / cardinality(owners))) t
              where owner.id = any (termijn_processors())),
          judged as materialized (
              select wanted.words, length(wanted.words) <= 2
                  or (select count(*) filter (where says) * 10 > count(*) from looked) as many
              from wanted)
          select found.id
          from judged
          cross join unnest(owners) as owner (id)
          cross join lateral (
              select t.id from task t
              where termijn_gram_numbers(t.processor_id, termijn_task_words(t.text, t.data))
                      @> termijn_gram_numbers(owner.id, judged.words)
                  and t.processor_id::text = owner.id::text
                  and strpos(termijn_task_words(t.text, t.data), judged.words) > 0
              limit most) found
          where not judged.many and owner.id = any (termijn_processors())
          union all
          select null from judged, generate_series(1, most) where judged.many $$;

revoke execute on function termijn_tasks_saying(uuid[], text, integer) from public;
grant execute on function termijn_tasks_saying(uuid[], text, integer) to termijn_api, termijn_worker;
