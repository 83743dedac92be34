-- Tasks are found by a part of what they say, in each language that they were written in. Most say what thousands of
-- others say: so what is said is looked through rather than the tasks.

-- What a task says, as it is searched.
create function termijn_task_words(text text, data jsonb) returns text language sql immutable strict parallel safe
    set search_path = public, pg_temp
    as $$ select termijn_plain(text || coalesce(' ' || (
              select string_agg(value, ' ' order by key) from jsonb_each_text(case jsonb_typeof(data) when 'object' then data else '{}' end)
              where key like 'text\_%'), '')) $$;

-- The same as a number, by which those that say the same are found.
create function termijn_task_said(text text, data jsonb) returns bigint language sql immutable strict parallel safe
    as $$ select hashtextextended(text || coalesce(' ' || (
              select string_agg(value, ' ' order by key) from jsonb_each_text(case jsonb_typeof(data) when 'object' then data else '{}' end)
              where key like 'text\_%'), ''), 0) $$;

-- The first tasks that say these words, after one of them: `most` at most. A million tasks say some hundreds of different
-- things: each is looked at once. Where there are thousands nothing is known: then as many come as may be, without an id.
create function termijn_tasks_saying(owners uuid[], words text, most integer, after uuid) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ with recursive said as (
              select o.id as owner, x.*, 1 as n
              from unnest($1) as o (id)
              cross join lateral (
                  select termijn_task_said(t.text, t.data) as said, termijn_task_words(t.text, t.data) as words
                  from task t
                  where case when t.text is not null then t.processor_id end = any (array[o.id])
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data) limit 1) x
              where o.id = any (termijn_processors())
              union all
              select s.owner, x.*, s.n + 1
              from said s
              cross join lateral (
                  select termijn_task_said(t.text, t.data) as said, termijn_task_words(t.text, t.data) as words
                  from task t
                  where case when t.text is not null then t.processor_id end = any (array[s.owner])
                      and termijn_task_said(t.text, t.data) > s.said
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data) limit 1) x
              where s.n < greatest(2000 / cardinality($1), 1)),
          judged as materialized (select coalesce(max(n), 0) >= greatest(2000 / cardinality($1), 1) as unknown from said)
          (select x.id
              from judged
              cross join said s
              cross join lateral (
                  select t.id from task t
                  where case when t.text is not null then t.processor_id end = any (array[s.owner])
                      and termijn_task_said(t.text, t.data) = s.said
                      and t.id > coalesce($4, '00000000-0000-0000-0000-000000000000')
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data), t.id
                  limit $3) x
              where not judged.unknown and strpos(s.words, (select termijn_plain($2))) > 0
              order by x.id limit $3)
          union all
          select null from judged, generate_series(1, $3) where judged.unknown $$;

revoke execute on function termijn_tasks_saying(uuid[], text, integer, uuid) from public;
grant execute on function termijn_tasks_saying(uuid[], text, integer, uuid) to termijn_api, termijn_worker;
