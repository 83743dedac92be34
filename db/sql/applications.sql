-- What strangers typed on a processor's page, until they sign by the link of a mail.

-- name: open_joining
-- The processor of a page on which one becomes a customer, if it wants one; the transaction sees it from here on. $1 slug.
select s.id, set_config('termijn.processors', '{' || s.id::text || '}', true)
from termijn_joining($1) as s (id)
where s.id is not null

-- name: hand_in_application
-- Nothing where so many wait already, or where just that was handed in before. Other content from the same showing of
-- the page takes the place of what nobody signed: its link is dead, and another mail goes out. It waits as long as its
-- link opens or is still to be sent. $1 id, $2 processor, $3 nonce, $4 language, $5 version of terms, $6 facts, $7 digest
-- of the text, $8 address, $9 what was typed, $10 instant, $11 how many may wait, $12 how long a link opens, $13 what the
-- mail comes from.
insert into application (
    id, processor_id, nonce, language, terms_version_id, facts, text_sha256, address, typed, applied_at, next_at,
    traceparent)
select $1, $2::uuid, $3, $4, $5, $6::jsonb, $7, $8, $9::jsonb, $10::timestamptz, $10::timestamptz, $13
where (select count(*) from (
    select from application
    where processor_id = $2 and nonce <> $3 and signed_at is null
        and (next_at is not null and sent_at is null or sent_at > $10::timestamptz - $12::interval)
    limit $11) waiting) < $11
on conflict (processor_id, nonce) do update
set id = excluded.id, language = excluded.language, terms_version_id = excluded.terms_version_id,
    facts = excluded.facts, text_sha256 = excluded.text_sha256, address = excluded.address, typed = excluded.typed,
    applied_at = excluded.applied_at, next_at = excluded.next_at, traceparent = excluded.traceparent, tries = 0,
    sent_at = null, words = '', bounced_at = null, own_id = null
where application.signed_at is null and (
        application.typed, application.language, application.terms_version_id, application.facts,
        application.text_sha256)
    is distinct from (excluded.typed, excluded.language, excluded.terms_version_id, excluded.facts,
        excluded.text_sha256)
returning id

-- name: handed_in_before
-- Whether just that was handed in: null where it was signed, and what was typed is gone. $1 processors, $2 nonce,
-- $3 what was typed.
select typed = $3::jsonb as same from application where processor_id = any ($1::uuid[]) and nonce = $2

-- name: note_application
-- Whether an address may be asked: three times without an answer, and then not for a week. $1 processor, $2 keyed digest
-- of the address, $3 instant.
insert into subscription_asked (processor_id, digest, asks, last_at) values ($1, $2, 1, $3)
on conflict (processor_id, digest) do update
set asks = case when subscription_asked.asks >= 3 then 1 else subscription_asked.asks + 1 end, last_at = excluded.last_at
where subscription_asked.asks < 3 or subscription_asked.last_at < excluded.last_at - interval '7 days'
returning true

-- name: leave_application
-- Its address is not asked. $1 processors, $2 application.
update application set next_at = null where processor_id = any ($1::uuid[]) and id = $2

-- name: open_application
-- The application of a link; the transaction sees its processor from here on. $1 application.
select s.id, s.processor_id, set_config('termijn.processors', '{' || s.processor_id::text || '}', true)
from termijn_application($1) s

-- name: read_application
-- $1 processors, $2 application.
select a.id, a.language, a.terms_version_id, a.facts::text as facts, a.text_sha256, a.address, a.typed::text as typed,
    a.applied_at, a.sent_at, a.signed_at, row_to_json(p)::text as processor, termijn_now() as now
from application a join processor p on p.id = a.processor_id
where a.processor_id = any ($1::uuid[]) and a.id = $2

-- name: how_application_asked
-- $1 processors, $2 application.
select address, sent_at, own_id from application where processor_id = any ($1::uuid[]) and id = $2

-- name: lock_application
-- Signed once: whoever comes second waits here, and finds it signed. $1 processors, $2 application.
select id from application where processor_id = any ($1::uuid[]) and id = $2 for update

-- name: application_signed
-- Nothing more is kept of it. $1 processors, $2 application, $3 instant.
update application set address = null, typed = null, facts = '{}', signed_at = $3, next_at = null, words = ''
where processor_id = any ($1::uuid[]) and id = $2 and signed_at is null

-- name: lock_joining
-- Until this transaction ends nobody else becomes a customer of this processor by its page. $1 processor.
select pg_advisory_xact_lock(hashtextextended('joining:' || $1, 0))

-- name: customers_like
-- Customers by the same name, or with one of these addresses. $1 processors, $2 name, $3 addresses in small letters.
select c.id, c.name from (
    select n.id from termijn_customers_named($1::uuid[], $2, 20) n (id)
    union select s.id from unnest($3::text[]) address
    cross join lateral termijn_sought($1::uuid[], '{customer}', array[termijn_plain(address)], 50) s
    where s.id is not null) found
cross join lateral (select * from customer where id = found.id offset 0) c
where c.processor_id = any ($1::uuid[]) and c.erased_at is null and c.merged_into is null
    and (termijn_name_key(c.name) = termijn_name_key($2) or exists (
        select from jsonb_array_elements(c.contacts) x where lower(x ->> 'email') = any ($3::text[])))
order by c.id limit 5

-- name: only_asked_for
-- Whether a customer came by the processor's page, and the processor has signed nothing with it. $1 processors,
-- $2 customer.
select coalesce(bool_and(a.joined and not a.signatures @> '[{"party": "processor"}]'), false)
from agreement a where a.processor_id = any ($1::uuid[]) and a.customer_id = $2

-- name: forget_applications
-- What nobody signed within a week, and what is left of those that were.
delete from application where applied_at < termijn_now() - interval '7 days'

-- name: claim_application_mails
-- Mails that are due, held for a while: a worker that dies leaves them to the next. One that would be erased before its
-- link is too old is not sent any more. $1 how many.
with claimed as (
    update application a set tries = a.tries + 1, next_at = termijn_now() + interval '5 minutes' * (a.tries + 1)
    where a.id in (
        select d.id from application d
        where d.next_at <= termijn_now() and d.applied_at > termijn_now() - interval '5 days'
        order by d.next_at, d.id limit $1
        for update skip locked)
    returning a.id, a.processor_id, a.tries, a.address, a.language, a.applied_at, a.traceparent
)
select x.*, p.name as processor, p.reply_to, termijn_now() as now
from claimed x join processor p on p.id = x.processor_id
where x.address is not null

-- name: settle_application_mail
-- $1 application, $2 whether it was sent, $3 whether it is tried again, $4 the server's words, $5 its Message-ID,
-- $6 whether the try counts.
update application
set sent_at = case when $2 then termijn_now() end, next_at = case when $3 then next_at end, words = $4, own_id = $5,
    tries = case when $6 then tries else tries - 1 end
where id = $1 and signed_at is null

-- name: application_mail_came_back
-- $1 processors, $2 application, $3 instant, $4 the seal of its Message-ID, or null where none is needed.
update application set bounced_at = coalesce(bounced_at, $3), next_at = null
where processor_id = any ($1::uuid[]) and id = $2
    and ($4::text is null or position('.' || $4 || '@' in own_id) > 0)
returning id
