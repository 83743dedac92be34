-- Mails to users: apart from messages, which are to customers.

-- name: queue_user_mail
-- $1 id, $2 user, $3 processor or null, $4 kind, $5 the link that it carries, or null, $6 what its words need, $7 instant.
insert into user_mail (id, user_id, processor_id, kind, link_id, data, created_at, next_at)
values ($1, $2, $3, $4, $5, $6::jsonb, $7, $7)

-- name: claim_user_mails
-- What is due, under a lease in real time; what has nothing more to say is due no more. $1 how many, $2 seconds.
with due as (
    select m.id,
        u.state = 'active' and (l.id is null or l.used_at is null and l.ends_at > clock_timestamp()) as wanted
    from user_mail m
    join app_user u on u.id = m.user_id
    left join user_link l on l.id = m.link_id
    where m.next_at <= (select termijn_now()) and (m.leased_until is null or m.leased_until < clock_timestamp())
    order by m.next_at, m.id limit $1
    for update of m skip locked
), claimed as (
    update user_mail m set tries = m.tries + 1, leased_until = clock_timestamp() + make_interval(secs => $2),
        next_at = case when d.wanted then m.next_at end
    from due d where m.id = d.id
    returning m.id, m.user_id, m.processor_id, m.kind, m.link_id, m.data, m.created_at, m.tries, d.wanted
)
select c.id, c.kind, c.link_id, c.data::text, c.created_at, c.tries, u.name, u.email, u.language,
    coalesce(p.name, '') as processor, p.display_name, p.colour
from claimed c
join app_user u on u.id = c.user_id
left join processor p on p.id = c.processor_id
where c.wanted

-- name: settle_user_mail
-- $1 mail, $2 whether it was sent, $3 in how many seconds it is tried again, or null, $4 the server's words.
update user_mail
set sent_at = case when $2 then termijn_now() end, leased_until = null, words = $4,
    next_at = termijn_now() + make_interval(secs => $3)
where id = $1

-- name: forget_sign_in_mails
-- Mails with links that have long let nobody in.
delete from user_mail m using user_link l
where l.id = m.link_id and l.ends_at < clock_timestamp() - interval '30 days'

-- name: forget_sign_in_links
-- Those to which a mail still points stay.
delete from user_link l
where l.ends_at < clock_timestamp() - interval '30 days' and not exists (select from user_mail where link_id = l.id)

-- name: forget_sessions
delete from user_session where ends_at < clock_timestamp() - interval '30 days'
