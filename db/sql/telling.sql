-- What a processor's own people are told of, to whom, and in which mail.

-- name: notice_overdue
-- What is overdue and was not spoken of since it is: a task or a deadline from before there was anybody to tell, or one
-- that nobody was to be told of before. A deadline whose customer's own task ends with it is told of by that one. Of a
-- processor for which nobody works the installation's admins are told, where there are any.
-- $1 now.
insert into concern (id, processor_id, kind, since, next_at)
select x.id, x.processor_id, x.kind, $1, $1
from (
    select distinct processor_id from app_user where state = 'active' and role in ('director', 'manager')
    union all
    select id from processor
    where exists (select from app_user where state = 'active' and role = 'admin') and not termijn_anybody(id)) p
cross join lateral (
    select d.id, d.processor_id, 'deadline' as kind, d.due_at
    from deadline d
    where d.processor_id = p.processor_id and d.closed_at is null and d.due_at <= $1
        and case d.boundary when 'exclusive' then true when 'inclusive' then d.due_at < $1 else false end
        and not exists (
            select from (select * from task where about = d.subject_id offset 0) t
            where t.due_at = d.due_at and t.done_at is null and not t.data ? 'deadline_id')
    union all
    select t.id, t.processor_id, 'task', t.due_at
    from task t
    where t.processor_id = p.processor_id and t.done_at is null and coalesce(t.due_at, 'infinity') <= $1
        and not t.data ? 'deadline_id') x
where not exists (
    select from concern c where c.id = x.id and (c.next_at is not null or c.seen_at >= x.due_at))
on conflict (id) do update set next_at = excluded.next_at

-- name: ring_overdue
-- Somebody came or went: what is overdue is looked at again, whether anybody was told who is there. Not while a worker
-- decides who is told: it locks the same rows, in an order of its own. $1 processors.
with alone as materialized (select pg_advisory_xact_lock(hashtext('telling')))
update concern c set next_at = termijn_now()
from alone, (
    select d.id from deadline d
    where d.processor_id = any ($1::uuid[]) and d.closed_at is null and d.due_at <= termijn_now()
    union all
    select t.id from task t
    where t.processor_id = any ($1::uuid[]) and t.done_at is null
        and coalesce(t.due_at, 'infinity') <= termijn_now()) x
where c.id = x.id

-- name: ring_overdue_unattended
-- An admin came or went: the same of every processor for which nobody works.
select termijn_ring_overdue()

-- name: claim_concerns
-- What is spoken of now, held until the commit. `heard`: somebody who is there was told, or is about to be, that it is
-- overdue; an admin only counts while nobody works for the processor. $1 now, $2 how many.
select c.id, c.processor_id, c.kind, c.since, c.seen_at, p.timezone as zone, p.country as calendar,
    coalesce(t.kind, d.rule, '') as what, coalesce(t.about_kind, s.kind, c.kind) as about_kind,
    coalesce(t.due_at, d.due_at) as due_at, coalesce(d.boundary = 'inclusive', false) as inclusive,
    coalesce(t.data ? 'deadline_id', false) as reminds,
    coalesce(t.role = 'director' and t.escalated_at is null, false) as for_directors,
    case c.kind when 'task' then t.done_at is null when 'deadline' then d.closed_at is null else true end as open,
    (select u.id from app_user u
        where u.processor_id = c.processor_id and u.state = 'active'
            and lower(t.owner) in (u.id::text, 'user:' || u.id, lower(u.email)) limit 1) as kept_by,
    u.manager_id, u.deputy_id,
    exists (
        select from told l join app_user a on a.id = l.user_id
        where l.concern_id = c.id and l.occasion = 'overdue' and not l.in_vain and a.state = 'active'
            and (a.role <> 'admin' or not termijn_anybody(c.processor_id))) as heard
from (
    select * from concern where next_at <= $1 order by next_at, id limit $2 for no key update skip locked) c
join processor p on p.id = c.processor_id
left join lateral (select * from task where id = c.id offset 0) t on c.kind = 'task'
left join lateral (select * from deadline where id = c.id offset 0) d on c.kind = 'deadline'
left join lateral (select kind from subject where id = d.subject_id offset 0) s on true
left join lateral (
    select k.manager_id, k.deputy_id from customer k
    where k.id = termijn_customer_of(coalesce(t.about, d.subject_id)) offset 0) u on true
order by c.next_at, c.id

-- name: colleagues
-- Who can be told, and whether mail reaches them; admins too, who belong to no processor. $1 processors.
select id, processor_id, role, hears::text as hears,
    not exists (select from told l where l.user_id = app_user.id and l.in_vain) as reached
from app_user
where state = 'active'
    and (processor_id = any ($1::uuid[]) and role in ('director', 'manager') or role = 'admin')
order by id

-- name: insert_told
-- $1 rows as JSON.
insert into told (id, processor_id, concern_id, user_id, occasion, digest, next_at)
select id, processor_id, concern_id, user_id, occasion, digest, next_at
from jsonb_populate_recordset(null::told, $1::jsonb)
on conflict (concern_id, user_id, occasion) do nothing

-- name: plan_concerns
-- $1 now, $2 ids, $3 when each is spoken of next, or null.
update concern c set seen_at = $1, next_at = r.next_at
from unnest($2::uuid[], $3::timestamptz[]) as r (id, next_at)
where c.id = r.id

-- name: lines_to_write
-- What is to be told now, with all that its words need, person by person; what is over by now is told to nobody, and of
-- several occasions of one concern the last counts. Whoever was written to at once a moment ago waits for the next mail,
-- but for a breach. $1 now, $2 how many, $3 how long nobody is written to again.
with waiting as (
    select l.*, (
        select max(m.created_at) from user_mail m
        where m.user_id = l.user_id and m.kind = 'told' and m.created_at > $1::timestamptz - $3::interval) as written_at
    from told l where l.next_at <= $1 order by l.user_id, l.id limit $2
)
select w.id, w.processor_id, w.user_id, w.concern_id, w.occasion, w.digest, w.written_at, c.kind, a.language,
    coalesce(t.kind, '') as task_kind, coalesce(t.data ? 'deadline_id', false) as reminds,
    a.state = 'active' as there, case when a.role = 'admin' then p.name end as unattended,
    case c.kind when 'task' then t.done_at is null when 'deadline' then d.closed_at is null else s.open end as open,
    coalesce(t.text, d.text, b.summary) as text, coalesce(t.data, '{}')::text as data, coalesce(d.rule, '') as rule,
    coalesce(d.party, 'processor') as party, coalesce(d.clause, t.data ->> 'clause', (
        select e.clause from (select * from deadline where subject_id = t.about offset 0) e
        where e.due_at = t.due_at and e.closed_at is null order by e.id limit 1), '') as clause, coalesce(t.due_at, d.due_at) as due_at,
    coalesce(d.boundary = 'inclusive', false) as inclusive, coalesce(d.zone, p.timezone) as zone,
    case when not t.data ? 'deadline_id' then (
        select jsonb_agg(distinct jsonb_build_object('rule', e.rule, 'text', e.text))::text
        from (select * from deadline where subject_id = t.about offset 0) e
        where e.due_at = t.due_at and e.closed_at is null and e.party = 'processor') end as told_with,
    s.id as subject_id, s.kind as subject_kind,
    coalesce((select k.breach_id from breach_case k where k.id = s.id), s.id) as page,
    cu.name as customer, ag.terms_version_id
from waiting w
join concern c on c.id = w.concern_id
join app_user a on a.id = w.user_id
join processor p on p.id = w.processor_id
left join task t on t.id = c.id and c.kind = 'task'
left join deadline d on d.id = c.id and c.kind = 'deadline'
left join breach b on b.id = c.id and c.kind = 'breach'
left join subject s on s.id = coalesce(t.about, d.subject_id, b.id)
left join customer cu on cu.id = termijn_customer_of(s.id)
left join agreement ag on ag.id = termijn_agreement_of(s.id)
order by w.user_id, coalesce(t.due_at, d.due_at) nulls last, w.concern_id

-- name: settle_told
-- $1 ids, $2 the mail that each went in, or null where it is over, $3 when each is looked at again, or null.
update told l set mail_id = r.mail_id, next_at = r.next_at, in_vain = l.in_vain and r.next_at is not null
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as r (id, mail_id, next_at)
where l.id = r.id

-- name: told_in_vain
-- A mail was given up: its lines go in another a day later, and for what is overdue somebody else is looked for now.
-- Alone, as above. $1 mail, $2 after how long.
with alone as materialized (select pg_advisory_xact_lock(hashtext('telling'))), lines as (
    update told set mail_id = null, next_at = termijn_now() + $2::interval, in_vain = true from alone where mail_id = $1
    returning concern_id, occasion
)
update concern c set next_at = termijn_now() from lines l where c.id = l.concern_id and l.occasion = 'overdue'

-- name: forget_told_words
-- What mails and posts said, a month after: that somebody was told, of what and when stays.
with posts as (
    update chat_post set data = '{}'
    where next_at is null and data <> '{}' and created_at < termijn_now() - interval '30 days'
)
update user_mail set data = '{}'
where kind = 'told' and next_at is null and data <> '{}' and created_at < termijn_now() - interval '30 days'

-- name: told_too_late
-- Looking back over a time without outages: what was overdue for a day before anybody was told, though somebody was
-- there, an admin at least, and how many lines went to how many people in how many mails. $1 now.
with late as (
    select x.id, x.what
    from (
        select t.id, array[t.id] as told_by, t.processor_id, t.kind as what, t.due_at, t.done_at as until
        from task t where t.due_at < $1 and not t.data ? 'deadline_id'
        union all
        select d.id, d.id || array(
                select t.id from (select * from task where about = d.subject_id offset 0) t where t.due_at = d.due_at),
            d.processor_id, d.rule, d.due_at, d.closed_at
        from deadline d where d.due_at < $1 and d.boundary <> 'from') x
    left join lateral (select min(c.since) as at from concern c where c.id = any (x.told_by)) since on true
    left join lateral (
        select min(m.created_at) as at from told l join user_mail m on m.id = l.mail_id
        where l.concern_id = any (x.told_by) and l.occasion = 'overdue') l on true
    cross join lateral (select greatest(x.due_at, since.at) + interval '1 day' as ends) day
    where day.ends < coalesce(x.until, $1) and coalesce(l.at, 'infinity') > day.ends
        and exists (
            select from app_user u
            where u.processor_id = x.processor_id and u.state = 'active' and u.role in ('director', 'manager')
                and u.created_at <= x.due_at
            union all
            select from app_user u
            where u.role = 'admin' and u.state = 'active' and u.created_at <= x.due_at
                and not termijn_anybody(x.processor_id))
)
select (select coalesce(array_agg(what order by id), '{}') from late) as late,
    (select count(*) from told where mail_id is not null) as lines,
    (select count(distinct user_id) from told where mail_id is not null) as people,
    (select count(distinct mail_id) from told) as mails

-- name: list_told
-- What a user was told of, the newest first, with what it says now. $1 processors, $2 limit, $3 before id, $4 user.
select l.id, l.occasion, l.digest, c.kind, c.id as concern_id, coalesce(t.about, d.subject_id, b.id) as subject,
    coalesce(t.text, d.text, b.summary) as text, coalesce(t.data, '{}')::text as data, coalesce(d.rule, '') as rule,
    coalesce(t.due_at, d.due_at) as due_at, m.sent_at as told_at,
    case when l.in_vain then 'in_vain' when m.sent_at is not null then 'told'
        when l.next_at is not null or m.next_at is not null then 'waits' else 'over' end as state
from told l
join concern c on c.id = l.concern_id
left join user_mail m on m.id = l.mail_id
left join task t on t.id = c.id and c.kind = 'task'
left join deadline d on d.id = c.id and c.kind = 'deadline'
left join breach b on b.id = c.id and c.kind = 'breach'
where l.processor_id = any ($1::uuid[]) and l.user_id = $4 and ($3::uuid is null or l.id < $3)
order by l.id desc limit $2
