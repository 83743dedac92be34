-- Subscribers of a public page, and the mails that go to them.

-- name: note_ask
-- Whether an address may be asked now: once an hour, and after three times without an answer once a week. $1 processor,
-- $2 keyed digest of the address, $3 instant.
insert into subscription_asked (processor_id, digest, asks, last_at) values ($1, $2, 1, $3)
on conflict (processor_id, digest) do update
set asks = case when subscription_asked.asks >= 3 then 1 else subscription_asked.asks + 1 end,
    last_at = excluded.last_at
where subscription_asked.last_at < excluded.last_at
    - case when subscription_asked.asks >= 3 then interval '7 days' else interval '1 hour' end
returning true

-- name: forget_ask
-- It answered. $1 processors, $2 keyed digest of the address.
delete from subscription_asked where processor_id = any ($1::uuid[]) and digest = $2

-- name: forget_asks
-- What says no more.
delete from subscription_asked where last_at < termijn_now() - interval '7 days'

-- name: ask_subscription
-- An address is to be told; asked again, it stays as it is. $1 id, $2 processor, $3 address, $4 language, $5 instant.
insert into subscription (id, processor_id, address, language, asked_at)
values ($1, $2, $3, $4, $5)
on conflict (processor_id, lower(address)) where ended_at is null do update set language = excluded.language
returning id, confirmed_at

-- name: ask_to_confirm
-- The mail that asks to confirm: one an hour to an address at most. $1 id, $2 processor, $3 subscription, $4 instant.
insert into subscription_mail (id, processor_id, subscription_id, revision, created_at, next_at)
values ($1, $2, $3, 0, $4, $4)
on conflict (subscription_id, change_id, revision) do update
set created_at = excluded.created_at, next_at = excluded.next_at, tries = 0, sent_at = null
where subscription_mail.next_at is null and subscription_mail.created_at < excluded.created_at - interval '1 hour'

-- name: open_subscription
-- The subscription of a link; the transaction sees its processor from here on. $1 subscription.
select s.id, s.processor_id, set_config('termijn.processors', '{' || s.processor_id::text || '}', true)
from termijn_subscription($1) s

-- name: read_subscription
-- $1 processors, $2 subscription.
select s.id, s.processor_id, s.language, s.confirmed_at, s.ended_at, p.name as processor
from subscription s join processor p on p.id = s.processor_id
where s.processor_id = any ($1::uuid[]) and s.id = $2

-- name: confirm_subscription
-- $1 processors, $2 subscription, $3 instant.
update subscription set confirmed_at = $3
where processor_id = any ($1::uuid[]) and id = $2 and confirmed_at is null and ended_at is null
returning address

-- name: end_subscription
-- Nothing is kept of the address, and what waits for it is not sent. $1 processors, $2 subscription, $3 instant.
with ended as (
    update subscription set address = null, ended_at = $3
    where processor_id = any ($1::uuid[]) and id = $2 and ended_at is null
    returning id
)
update subscription_mail m set next_at = null from ended
where m.processor_id = any ($1::uuid[]) and m.subscription_id = ended.id

-- name: forget_unconfirmed
-- Addresses that nobody confirmed within a week.
with ended as (
    update subscription set address = null, ended_at = termijn_now()
    where confirmed_at is null and ended_at is null and asked_at < termijn_now() - interval '7 days'
    returning id
)
update subscription_mail m set next_at = null from ended where m.subscription_id = ended.id

-- name: queue_subscription_mails
-- What was announced, each text of it once, to those whose address was confirmed before. $1 how many changes.
with fresh as (
    select c.id, c.processor_id, c.revision, (c.announced -> -1 ->> 'at')::timestamptz as at
    from change c
    join subject cs on cs.id = c.id
    join processor p on p.id = c.processor_id
    where exists (select from subscription where confirmed_at is not null and ended_at is null)
        and p.public and c.subprocessor_id is not null and 'announced' = any (cs.tags)
        and not exists (select from subscription_told t where t.change_id = c.id and t.revision = c.revision)
    order by c.id limit $1
), told as (
    insert into subscription_told (change_id, revision, processor_id)
    select id, revision, processor_id from fresh
    on conflict (change_id, revision) do nothing
)
insert into subscription_mail (id, processor_id, subscription_id, change_id, revision, created_at, next_at)
select uuidv7(), s.processor_id, s.id, f.id, f.revision, termijn_now(), termijn_now()
from fresh f
join subscription s on s.processor_id = f.processor_id
where s.confirmed_at < f.at and s.ended_at is null
on conflict (subscription_id, change_id, revision) do nothing

-- name: queue_withdrawals_for_subscribers
-- What was withdrawn, once, to those who were sent it; where it was not sent yet it is not sent any more. A change that
-- was withdrawn has the revision -1 here. $1 how many changes.
with gone as (
    select distinct c.id, c.processor_id
    from subscription_told t
    join change c on c.id = t.change_id
    join subject cs on cs.id = c.id
    where c.withdrawn_why is not null and 'announced' <> all (cs.tags)
        and not exists (select from subscription_told o where o.change_id = c.id and o.revision = -1)
    order by c.id limit $1
), told as (
    insert into subscription_told (change_id, revision, processor_id)
    select id, -1, processor_id from gone
    on conflict (change_id, revision) do nothing
), dropped as (
    update subscription_mail m set next_at = null from gone
    where m.processor_id = gone.processor_id and m.change_id = gone.id and m.sent_at is null and m.revision > 0
)
insert into subscription_mail (id, processor_id, subscription_id, change_id, revision, created_at, next_at)
select uuidv7(), s.processor_id, s.id, gone.id, -1, termijn_now(), termijn_now()
from gone
join subscription s on s.processor_id = gone.processor_id
where s.confirmed_at is not null and s.ended_at is null
    and exists (select from subscription_mail m
        where m.subscription_id = s.id and m.change_id = gone.id and m.sent_at is not null)
on conflict (subscription_id, change_id, revision) do nothing

-- name: subscriber_mail_came_back
-- The subscription whose mail it was. $1 processors, $2 mail, $3 instant, $4 the seal of its Message-ID, or null where
-- none is needed.
update subscription_mail set bounced_at = coalesce(bounced_at, $3), next_at = null
where processor_id = any ($1::uuid[]) and id = $2
    and ($4::text is null or position('.' || $4 || '@' in own_id) > 0)
returning subscription_id

-- name: end_dead_subscription
-- An address of which the last mails all came back: nothing is kept of it. $1 processors, $2 subscription, $3 instant,
-- $4 how many mails.
with recent as (
    select bounced_at from subscription_mail
    where processor_id = any ($1::uuid[]) and subscription_id = $2 and (sent_at is not null or bounced_at is not null)
    order by created_at desc, id desc limit $4
), ended as (
    update subscription set address = null, ended_at = $3
    where processor_id = any ($1::uuid[]) and id = $2 and ended_at is null
        and (select count(bounced_at) from recent) >= $4
    returning id
)
update subscription_mail m set next_at = null from ended
where m.processor_id = any ($1::uuid[]) and m.subscription_id = ended.id

-- name: claim_subscription_mails
-- Mails that are due, held for a while: a worker that dies leaves them to the next. $1 how many.
with claimed as (
    update subscription_mail m set tries = m.tries + 1, next_at = termijn_now() + interval '5 minutes' * (m.tries + 1)
    where m.id in (
        select d.id from subscription_mail d where d.next_at <= termijn_now() order by d.next_at, d.id limit $1
        for update skip locked)
    returning m.id, m.subscription_id, m.processor_id, m.change_id, m.tries, m.revision
)
select x.id, x.processor_id, x.subscription_id, x.change_id, x.revision, x.tries, s.address, s.language, p.name as processor, p.slug,
    termijn_now() as now,
    coalesce(c.announced -> -1 -> 'subprocessor' ->> 'name', '') as name,
    coalesce(c.announced -> -1 -> 'subprocessor' ->> 'service', '') as service
from claimed x
join subscription s on s.id = x.subscription_id
join processor p on p.id = x.processor_id
left join change c on c.id = x.change_id
where s.address is not null

-- name: settle_subscription_mail
-- $1 mail, $2 whether it was sent, $3 whether it is tried again, $4 the server's words, $5 its Message-ID.
update subscription_mail
set sent_at = case when $2 then termijn_now() end, next_at = case when $3 then next_at end, words = $4, own_id = $5
where id = $1
