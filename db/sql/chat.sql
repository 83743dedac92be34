-- Slack and Teams: where a processor's people are told together.

-- name: set_chat
-- $1 processor, $2 kind, $3 URL, $4 its host, $5 instant.
insert into chat (processor_id, kind, url, host, set_at) values ($1, $2, $3, $4, $5)
on conflict (processor_id) do update set
    kind = excluded.kind, url = excluded.url, host = excluded.host, set_at = excluded.set_at,
    failing_since = null, words = ''

-- name: unset_chat
-- What still waits is given up. $1 processor.
with gone as (delete from chat where processor_id = $1)
update chat_post set next_at = null, words = 'the address was removed' where processor_id = $1 and next_at is not null

-- name: chats
-- $1 processors.
select c.processor_id, p.language from chat c join processor p on p.id = c.processor_id
where c.processor_id = any ($1::uuid[])

-- name: posted_lines
-- Which of these were posted before. $1 concerns.
select concern_id, occasion from chat_line where concern_id = any ($1::uuid[])

-- name: insert_chat_post
-- $1 id, $2 processor, $3 its lines as JSON, $4 instant, $5 concerns, $6 their occasions.
with post as (
    insert into chat_post (id, processor_id, data, created_at, next_at) values ($1, $2, $3::jsonb, $4, $4)
    returning id, processor_id
)
insert into chat_line (concern_id, occasion, processor_id, post_id)
select r.concern_id, r.occasion, post.processor_id, post.id
from post, unnest($5::uuid[], $6::text[]) as r (concern_id, occasion)

-- name: claim_chat_posts
-- What is due, under a lease in real time; what was written while its address was removed goes nowhere. $1 how many,
-- $2 seconds.
with lost as (
    update chat_post x set next_at = null, words = 'the address was removed'
    where x.next_at <= (select termijn_now()) and not exists (select from chat c where c.processor_id = x.processor_id)
), due as (
    select x.id from chat_post x
    where x.next_at <= (select termijn_now()) and (x.leased_until is null or x.leased_until < clock_timestamp())
        and exists (select from chat c where c.processor_id = x.processor_id)
    order by x.next_at, x.id limit $1
    for update skip locked
)
update chat_post x set tries = x.tries + 1, leased_until = clock_timestamp() + make_interval(secs => $2)
from due, chat c, processor p
where x.id = due.id and c.processor_id = x.processor_id and p.id = x.processor_id
returning x.id, x.processor_id, x.data::text as data, x.tries, c.kind, c.url, p.name as processor, p.language

-- name: settle_chat_post
-- $1 post, $2 whether it was taken, $3 in how many seconds it is tried again, or null, $4 words.
with post as (
    update chat_post set leased_until = null, words = $4, sent_at = case when $2 then termijn_now() end,
        next_at = termijn_now() + make_interval(secs => $3)
    where id = $1 and next_at is not null
    returning processor_id
)
update chat c set words = $4, failing_since = case when $2 then null else coalesce(c.failing_since, termijn_now()) end
from post where c.processor_id = post.processor_id
