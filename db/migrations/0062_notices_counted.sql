-- How the notices of a change stand is counted while they are written, so that looking at a change that reached a hundred
-- thousand agreements reads a few rows.

-- Each statement that wrote notices says what it changed of the counts: added up they are the counts. Nobody waits for
-- anybody's row; a worker adds up what has become many.
create table notice_tally (
    id bigint generated always as identity primary key,
    processor_id uuid not null,
    change_id uuid not null,
    state text not null,
    outcome text,
    count integer not null,
    running integer not null,
    engaged integer not null,
    -- Nobody knows yet from when the agreement may be served: at all, and because its customer has to say yes.
    holding integer not null,
    waiting integer not null,
    told integer not null,
    received integer not null,
    answered integer not null
);
create index notice_tally_by_change on notice_tally (change_id);
alter table notice_tally enable row level security;
alter table notice_tally force row level security;
create policy tenant on notice_tally to termijn_api using
    (array_position((select termijn_processors()), processor_id) is not null);
create policy worker on notice_tally to termijn_worker using (true);
create policy owner on notice_tally to current_user using (true);
grant select, insert on notice_tally to termijn_api, termijn_worker;
grant delete on notice_tally to termijn_worker;

-- The first of a change's agreements to be served.
create index notice_by_service on notice (change_id, (coalesce(engaged_at, engages_at)))
    where coalesce(engaged_at, engages_at) is not null;

do $$
declare
    counting text := 'insert into notice_tally (processor_id, change_id, state, outcome, count, running, engaged,
            holding, waiting, told, received, answered)
        select processor_id, change_id, state, outcome, count, running, engaged, holding, waiting, told, received, answered
        from (
            select x.processor_id, x.change_id, x.state, x.outcome, sum(x.sign) as count,
                sum(x.sign * x.running::integer) as running,
                sum(x.sign * (x.engaged_at is not null)::integer) as engaged,
                sum(x.sign * x.holding::integer) as holding,
                sum(x.sign * (x.holding and (x.rule = ''consent''
                    or x.rule = ''information'' and x.received_at is not null))::integer) as waiting,
                sum(x.sign * (x.sent_at is not null)::integer) as told,
                sum(x.sign * (x.received_at is not null)::integer) as received,
                sum(x.sign * (x.answers <> ''[]'')::integer) as answered
            from (
                select *, tags && ''{live}'' and engaged_at is null and engages_at is null as holding from (%s) n) x
            group by x.processor_id, x.change_id, x.state, x.outcome) t
        where (count, running, engaged, holding, waiting, told, received, answered) <> (0, 0, 0, 0, 0, 0, 0, 0)';
    standing text := 'select %s as sign, n.*, s.state, s.tags from %s n
        cross join lateral (select state, tags from subject where id = n.id offset 0) s';
begin
    execute format('create function notice_counted() returns trigger language plpgsql as $f$ begin %s; return null; end $f$',
        format(counting, format(standing, '1', 'came')));
    execute format('create function notice_recounted() returns trigger language plpgsql as $f$ begin %s; return null; end $f$',
        format(counting, format(standing, '-1', 'went') || ' union all ' || format(standing, '1', 'came')));
    execute format('create function notice_moved() returns trigger language plpgsql as $f$ begin
            if exists (select from came where kind = ''notice'') then %s; end if; return null; end $f$',
        format(counting, 'select w.sign, n.*, w.state, w.tags from (
                select -1 as sign, id, kind, state, tags from went union all select 1, id, kind, state, tags from came) w
            cross join lateral (select * from notice where id = w.id offset 0) n
            where w.kind = ''notice'''));
    execute format(counting, format(standing, '1', 'notice'));
end $$;

-- A subject moves before its row is written: each is counted as it stands by then.
create trigger notice_counted after insert on notice
    referencing new table as came for each statement execute function notice_counted();
create trigger notice_recounted after update on notice
    referencing old table as went new table as came for each statement execute function notice_recounted();
create trigger notice_moved after update on subject
    referencing old table as went new table as came for each statement execute function notice_moved();

create or replace view change_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.kind, c.subprocessor_id,
    (select coalesce(json_agg(json_build_object(
            'state', x.state, 'count', x.count, 'outcome', x.outcome, 'running', x.running, 'engaged', x.engaged,
            'go_live_at', x.go_live_at, 'waiting', x.waiting)), '[]')::text
        from (
            select t.state, t.outcome, sum(t.count) as count, sum(t.running) as running, sum(t.engaged) as engaged,
                sum(t.waiting) as waiting,
                (select coalesce(n.engaged_at, n.engages_at) from notice n
                    where n.change_id = c.id and coalesce(n.engaged_at, n.engages_at) is not null
                    order by n.change_id, coalesce(n.engaged_at, n.engages_at) limit 1) as go_live_at
            from notice_tally t
            where t.change_id = c.id
            group by t.state, t.outcome
            having sum(t.count) <> 0
        ) x) as notices,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from (select * from fan_out where change_id = c.id
            union all select * from fan_out where announcement_id = c.announcement_id and change_id is distinct from c.id) f
        where f.kind = 'announce') as told
from change c join subject s on s.id = c.id;

create or replace view announcement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    (select coalesce(json_agg(json_build_object('id', c.id, 'kind', c.kind, 'state', cs.state, 'notices', (
            select coalesce(json_object_agg(x.state, x.count), '{}') from (
                select t.state, sum(t.count) as count from notice_tally t
                where t.change_id = c.id group by t.state having sum(t.count) <> 0) x)) order by array_position(a.changes, c.id)), '[]')::text
        from change c join subject cs on cs.id = c.id where c.id = any (a.changes)) as bundled,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from fan_out f where f.announcement_id = a.id) as told
from announcement a join subject s on s.id = a.id;

-- Found by the processor's own number too: it is asked for here, where row-level security lets the index be used.
create or replace function termijn_customers_called(owners uuid[], words text, most integer) returns setof uuid
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
          select c.id from customer c
          where c.processor_id = any (owners) and c.processor_id = any (termijn_processors())
              and c.external_id is not null and termijn_plain(c.external_id) = termijn_plain(words)
          union all
          select null from wanted, generate_series(1, most) where length(wanted.words) <= 2 $$;
create function termijn_agreements_numbered(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select a.id from agreement a
          where a.processor_id = any (owners) and a.processor_id = any (termijn_processors())
              and a.external_id is not null and termijn_plain(a.external_id) = termijn_plain(words)
          limit most $$;

-- Customers by a whole name, as names are compared, found by an index as those by a part of it are.
create index customer_by_key on customer (processor_id, termijn_name_key(name));
create function termijn_customers_named(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(owners) as owner (id)
          cross join lateral (
              select c.id from customer c
              where c.processor_id = owner.id and termijn_name_key(c.name) = termijn_name_key(wanted)
              limit most) found
          where owner.id = any (termijn_processors()) $$;

revoke execute on function termijn_customers_called(uuid[], text, integer),
    termijn_customers_named(uuid[], text, integer), termijn_agreements_numbered(uuid[], text, integer) from public;
grant execute on function termijn_customers_called(uuid[], text, integer),
    termijn_customers_named(uuid[], text, integer), termijn_agreements_numbered(uuid[], text, integer)
    to termijn_api, termijn_worker;
