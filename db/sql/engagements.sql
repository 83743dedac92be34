-- Engagements: begun, ended, listed, and asked by the gate.

-- name: list_engagements
-- $2 limit, $3 after id, $4 agreement, $5 subprocessor, $6 country, $7 notice, $8 change, $9 whether it holds now.
-- by since timestamptz: e.since, e.id
-- among agreement_id: select id from engagement where agreement_id = $2
-- among notice_id: select id from engagement where notice_id = $2
-- among subprocessor_id in order: select id from engagement where case when since is not null then subprocessor_id end = $2 and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by case when since is not null then subprocessor_id end, id limit $3
-- among change_id: select id from engagement where change_id = $2
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select e.id, row_to_json(e)::text as entity, p.name as subprocessor
    from engagement e join subprocessor p on p.id = e.subprocessor_id
    where e.processor_id = any (array[tenant.id])
        and e.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::uuid is null or e.agreement_id = $4)
        and ($5::uuid is null or e.subprocessor_id = $5)
        and ($6::text is null or e.country = $6)
        and ($7::uuid is null or e.notice_id = $7)
        and ($8::uuid is null or e.change_id = $8)
        and ($9::boolean is null
            or $9 = (e.since <= termijn_now() and (e.until is null or e.until > termijn_now())))
    order by e.processor_id, e.id limit $2) x
order by x.id limit $2

-- name: read_engagement
-- $2 id.
select e.id, row_to_json(e)::text as entity, p.name as subprocessor
from engagement e join subprocessor p on p.id = e.subprocessor_id
where e.processor_id = any ($1::uuid[]) and e.id = $2

-- name: engage_in_turn
-- $1 agreements. One transaction at a time says who works for an agreement: of two that begin in the same place at
-- once, each would find it free.
select pg_advisory_xact_lock(hashtextextended(id::text, 7465726005))
from (select id from unnest($1::uuid[]) as asked (id) order by id offset 0) o

-- name: begin_engagements
-- A replacement ends what it replaces at the same instant (P16); a move, only in the country it leaves.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        id uuid, processor_id uuid, agreement_id uuid, subprocessor_id uuid, country text, since timestamptz,
        basis text, notice_id uuid, change_id uuid, replaces_id uuid, leaves_country text)
), leaving as (
    select e.id, g.since, g.id as by
    from given g
    cross join lateral (
        select id, processor_id, country from engagement
        where agreement_id = g.agreement_id and subprocessor_id = g.replaces_id and until is null offset 0) e
    where e.processor_id = g.processor_id and (g.leaves_country is null or e.country = g.leaves_country or e.country is null)
), ended as (
    update engagement e set until = l.since, ended_why = 'replaced', end_reason = 'replaced', ended_by = l.by
    from leaving l where e.id = l.id
)
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id,
    change_id, replaces_id)
select g.id, g.processor_id, g.agreement_id, g.subprocessor_id, g.country, g.since, g.basis, g.notice_id,
    g.change_id, g.replaces_id
from given g
where (
    select true from engagement e
    where e.agreement_id = g.agreement_id and e.subprocessor_id = g.subprocessor_id
        and e.country is not distinct from g.country and e.until is null
    limit 1) is null

-- name: end_engagements
-- By notice, by subprocessor, or all of an agreement. Where a replacement is taken back, what it had replaced
-- works on from that instant, on the yes it had: a new row, since what was is not rewritten.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, agreement uuid, until timestamptz, why text, reason text, notice uuid,
        subprocessor uuid, revive uuid)
), leaving as (
    select e.id, g.until, g.why, g.reason, g.revive
    from given g
    cross join lateral (select * from engagement where agreement_id = g.agreement and until is null offset 0) e
    where e.processor_id = g.processor_id and (g.notice is null or e.notice_id = g.notice)
        and (g.subprocessor is null or e.subprocessor_id = g.subprocessor)
), ended as (
    update engagement e set until = greatest(e.since, l.until), ended_why = l.why, end_reason = l.reason,
        ended_by = null
    from leaving l where e.id = l.id
    returning e.agreement_id, e.notice_id, e.until, l.revive
)
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id, change_id)
select distinct on (old.agreement_id, old.subprocessor_id, old.country)
    uuidv7(), old.processor_id, old.agreement_id, old.subprocessor_id, old.country, x.until, old.basis,
    old.notice_id, old.change_id
from ended x
cross join lateral (select id, notice_id from engagement where agreement_id = x.agreement_id offset 0) by
cross join lateral (
    select * from engagement where agreement_id = x.agreement_id and subprocessor_id = x.revive offset 0) old
where by.notice_id = x.notice_id and old.ended_by = by.id and not exists (
    select from engagement e
    where e.agreement_id = old.agreement_id and e.subprocessor_id = old.subprocessor_id
        and e.country is not distinct from old.country and e.until is null and e.notice_id is distinct from x.notice_id)
order by old.agreement_id, old.subprocessor_id, old.country, old.since desc

-- name: gate
-- The instant at which it is asked, rows of the agreements, the subprocessors, the changes, and one for each question, by
-- its number, with what works for it and what was told of it: of what works now, only what that rests on.
-- $1 processors, $2 agreements, $3 subprocessors, $4 countries, null for the subprocessor's own.
with asked_at as materialized (
    select termijn_now() as now
), given as materialized (
    select * from unnest($2::uuid[], $3::uuid[], $4::text[]) with ordinality as q (agreement, subprocessor, country, number)
), asked as materialized (
    select q.number, q.agreement, q.subprocessor, coalesce(q.country, s.country) as country
    from given q
    cross join lateral (select processor_id from agreement where id = q.agreement offset 0) a
    cross join lateral (select processor_id, country from subprocessor where id = q.subprocessor offset 0) s
    where a.processor_id = any ($1::uuid[]) and s.processor_id = any ($1::uuid[])
), engaged as materialized (
    select q.number, e.id, e.notice_id, e.basis, e.since, row_to_json(e) as entity,
        e.country is not distinct from q.country and e.since <= (select now from asked_at)
            and (e.until is null or e.until > (select now from asked_at)) as current
    from asked q
    cross join lateral (
        select * from engagement where agreement_id = q.agreement and subprocessor_id = q.subprocessor offset 0) e
), standing as materialized (
    select distinct on (number) number, notice_id, basis from engaged
    where current order by number, since desc, id desc
), resting as materialized (
    select s.number, s.notice_id as id from standing s where s.basis <> 'signature'
    union
    select q.number, n.id
    from (select * from asked where number not in (select number from standing)) q
    cross join lateral (select id, change_id from notice where agreement_id = q.agreement offset 0) n
    cross join lateral (select subprocessor_id from change where id = n.change_id offset 0) c
    where c.subprocessor_id = q.subprocessor or n.id in (select notice_id from engaged)
), told as materialized (
    select r.number, n.id, n.change_id, row_to_json(n) as entity, ns.state
    from resting r
    cross join lateral (select * from notice where id = r.id offset 0) n
    cross join lateral (select state from subject where id = n.id offset 0) ns
)
select 'now' as what, null::uuid as id, null::text as state, null::uuid as other, to_json(now)::text as entity,
    null::text as more
from asked_at
union all
select 'agreement', a.id, s.state, a.terms_version_id, row_to_json(a)::text, null
from (select distinct agreement as id from given) q
cross join lateral (select * from agreement where id = q.id offset 0) a
cross join lateral (select state from subject where id = a.id offset 0) s
where a.processor_id = any ($1::uuid[])
union all
select 'subprocessor', s.id, null, null, row_to_json(s)::text, null
from (select distinct subprocessor as id from given) q
cross join lateral (select * from subprocessor where id = q.id offset 0) s
where s.processor_id = any ($1::uuid[])
union all
select 'change', c.id, s.state, null, row_to_json(c)::text, null
from (select distinct change_id as id from told) q
cross join lateral (select * from change where id = q.id offset 0) c
cross join lateral (select state from subject where id = c.id offset 0) s
union all
select 'engagements', null, q.number::text, null, json_agg(q.entity order by q.since desc, q.id desc)::text, null
from engaged q group by q.number
union all
select 'told', null, q.number::text, null, json_agg(q.entity order by q.id desc)::text,
    json_agg(q.state order by q.id desc)::text
from told q group by q.number

-- name: agreements_labelled
-- Agreements with these labels that are not over, one label after the other. $1 processors, $2 labels, $3 how many of
-- each at most.
select l.label, a.id
from unnest($2::text[]) as l (label)
cross join lateral (
    select found.id from termijn_agreements_labelled($1::uuid[], l.label, null) as found (id)
    cross join lateral (select open from subject where id = found.id offset 0) s
    where s.open order by found.id limit $3) a
order by l.label, a.id

-- name: place_engagements
-- A place that was unknown is known from now on: what had none goes on in a row of its own, on the same yes.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (
        processor_id uuid, subject_id uuid, country text, at timestamptz)
), known as (
    update engagement e set until = greatest(e.since, g.at), ended_why = 'the place became known',
        end_reason = 'place_known', ended_by = null
    from given g
    where e.processor_id = g.processor_id and e.subprocessor_id = g.subject_id and e.country is null
        and e.until is null
    returning e.*, g.country as place
)
insert into engagement (id, processor_id, agreement_id, subprocessor_id, country, since, basis, notice_id,
    change_id, replaces_id)
select uuidv7(), k.processor_id, k.agreement_id, k.subprocessor_id, k.place, k.until, k.basis, k.notice_id,
    k.change_id, k.replaces_id
from known k
