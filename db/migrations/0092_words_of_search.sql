-- What people search by leads to few rows, by indexes of three letters each as parts of names do. Where it would lead to
-- many, some are soon found in the order in which they are shown.

-- All that a customer is known by, as it is searched.
create function termijn_customer_words(name_sort text, number text, contacts jsonb) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select name_sort || ' ' || termijn_plain(concat_ws(' ', number, (
              select string_agg(concat_ws(' ', p ->> 'name', p ->> 'email', p ->> 'phone'), ' ')
              from jsonb_array_elements(case jsonb_typeof(contacts) when 'array' then contacts else '[]' end) p))) $$;

-- A customer's name and number, by which its agreements are known too.
create function termijn_customer_title(name_sort text, number text) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select name_sort || coalesce(' ' || termijn_plain(number), '') $$;

-- What an agreement is known by besides its customer's name; `theirs` is the customer's number, which the index leaves out.
create function termijn_agreement_words(terms text, number text, theirs text, contracts jsonb) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select termijn_plain(concat_ws(' ', terms, number, theirs, (
              select string_agg(m ->> 'reference', ' ')
              from jsonb_array_elements(case jsonb_typeof(contracts) when 'array' then contracts else '[]' end) m))) $$;

-- One, two and three letters each of what is searched, behind the processor whose it is: what an index of them holds.
create function termijn_parts(owner uuid, said text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct owner::text || substr(said, n, length)), '{}')
          from generate_series(1, 3) length cross join lateral generate_series(1, length(said) - length + 1) n $$;

-- Those by which several words are found: three letters each, fewer of a word that has no more.
create function termijn_parts_of(owner uuid, words text[]) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct owner::text || substr(word, n, least(length(word), 3))), '{}')
          from unnest(words) word cross join lateral generate_series(1, greatest(length(word) - 2, 1)) n $$;

-- What may be found by words, as termijn_plain gives them: all that has each of them is among these, and some others may
-- be. A kind of which there may be more than `most` has a row without an id, and so has each where nothing is known.
-- Row-level security lets no array into the condition of an index, so whom it may tell of is asked here.
--
-- A word stands in what a subject has of its own or in what it has of its customer. So each way to part the words between
-- the two is tried, and the side that has few of them says which these are.
create function termijn_sought(owners uuid[], kinds text[], words text[], most integer)
    returns table (kind text, id uuid) language plpgsql stable security definer
    set search_path = public, pg_temp set enable_bitmapscan = on
    as $$
declare
    ours uuid[] := array(select unnest(owners) intersect select unnest(termijn_processors()));
    -- Four that are long leave few enough.
    long text[] := array(select w from unnest(words) w where w <> '' order by length(w) desc, w limit 4);
    under text[] := array(select unnest(kinds) intersect select unnest('{agreement,request,matter,audit}'::text[]));
    theirs text[];
    own text[];
    called uuid[];
    titled uuid[];
    few uuid[];
    one text;
begin
    -- A letter that is searched as two words may be found across two of the things that something is known by.
    if long = '{}' or exists (select from unnest(words) w where strpos(w, ' ') > 0) then
        return query select k, null::uuid from unnest(kinds) k where k = 'customer' or k = any (under);
        return;
    end if;
    if 'customer' = any (kinds) then
        few := array(select x.id from unnest(ours) owner cross join lateral (
            select c.id from customer c
            where termijn_parts(c.processor_id, termijn_customer_words(c.name_sort, c.external_id, c.contacts))
                @> termijn_parts_of(owner, long)
            limit most + 1) x);
        return query select text 'customer', x
            from unnest(case when cardinality(few) > most then array[null::uuid] else few end) x;
    end if;
    for parting in 0 .. (1 << cardinality(long)) - 1 loop
        exit when under = '{}';
        theirs := array(select long[n] from generate_subscripts(long, 1) n where parting & (1 << (n - 1)) > 0);
        own := array(select long[n] from generate_subscripts(long, 1) n where parting & (1 << (n - 1)) = 0);
        titled := null;
        called := null;
        foreach one in array under loop
            few := array_fill(null::uuid, array[most + 1]);
            if own <> '{}' then
                few := case one
                    when 'agreement' then array(select x.id from unnest(ours) owner cross join lateral (
                        select a.id from agreement a
                        where termijn_parts(a.processor_id, termijn_agreement_words(
                                a.terms, a.external_id, null, a.main_contracts)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    when 'request' then array(select x.id from unnest(ours) owner cross join lateral (
                        select r.id from request r
                        where termijn_parts(r.processor_id, termijn_plain(r.reference)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    when 'matter' then array(select x.id from unnest(ours) owner cross join lateral (
                        select m.id from matter m
                        where termijn_parts(m.processor_id, termijn_plain(m.subject)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    else array(select x.id from unnest(ours) owner cross join lateral (
                        select u.id from audit u
                        where termijn_parts(u.processor_id, termijn_plain(u.auditor)) @> termijn_parts_of(owner, own)
                        limit most + 1) x) end;
            end if;
            if theirs <> '{}' and cardinality(few) > most then
                if one = 'agreement' and titled is null then
                    titled := array(select x.id from unnest(ours) owner cross join lateral (
                        select c.id from customer c
                        where termijn_parts(c.processor_id, termijn_customer_title(c.name_sort, c.external_id))
                            @> termijn_parts_of(owner, theirs)
                        limit most + 1) x);
                elsif one <> 'agreement' and called is null then
                    -- By its name alone, which is a part of what the index has.
                    called := array(select x.id from unnest(ours) owner cross join lateral (
                        select c.id from customer c
                        where termijn_parts(c.processor_id, termijn_customer_title(c.name_sort, c.external_id))
                            @> termijn_parts_of(owner, theirs)
                            and not exists (select from unnest(theirs) w where strpos(c.name_sort, w) = 0)
                        limit most + 1) x);
                end if;
                few := case when cardinality(case one when 'agreement' then titled else called end) > most then few
                    when one = 'agreement' then array(select x.id from unnest(titled) c cross join lateral (
                        select a.id from agreement a where a.customer_id = c offset 0) x limit most + 1)
                    when one = 'request' then array(select x.id from unnest(called) c cross join lateral (
                        select r.id from request r where r.customer_id = c offset 0) x limit most + 1)
                    when one = 'matter' then array(select x.id from unnest(called) c cross join lateral (
                        select m.id from matter m where m.customer_id = c offset 0) x limit most + 1)
                    else array(select x.id from unnest(called) c cross join lateral (
                        select u.id from audit u where u.customer_id = c offset 0) x limit most + 1) end;
            end if;
            if cardinality(few) > most then
                under := array_remove(under, one);
                few := array[null::uuid];
            end if;
            return query select one, x from unnest(few) x;
        end loop;
    end loop;
end $$;

revoke execute on function termijn_sought(uuid[], text[], text[], integer) from public;
grant execute on function termijn_sought(uuid[], text[], text[], integer) to termijn_api, termijn_worker;
