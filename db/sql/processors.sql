-- Processors, and what is asked over all of them.

-- name: all_processors
-- For an admin and for what concerns the whole deployment.
select termijn_all_processors()

-- name: depths
-- What waits and what was set apart, in numbers. $1 processors.
select
    (select count(*) from timer t
     where t.processor_id = any ($1::uuid[]) and t.due_at <= termijn_now() and not t.parked) as due_timers,
    (select count(*) from message m
     where m.processor_id = any ($1::uuid[]) and m.next_at is not null) as unsent_messages,
    (select count(*) from fan_out f
     where f.processor_id = any ($1::uuid[]) and f.finished_at is null and f.parked_at is null) as open_fan_outs,
    (select count(*) from subject s
     where s.processor_id = any ($1::uuid[]) and s.parked_at is not null) as parked_subjects,
    (select count(*) from fan_out f
     where f.processor_id = any ($1::uuid[]) and f.finished_at is null and f.parked_at is not null) as parked_fan_outs,
    (select count(*) from clock where alarm_at is not null) as clock_alarms,
    (select count(*) from mailbox where failing_since < clock_timestamp() - interval '5 minutes'
        or coalesce(read_at, '-infinity') < clock_timestamp() - interval '1 hour') as unread_mailboxes,
    (select count(*) from mailbox_apart) as mails_set_apart

-- name: applied_migrations
select name from migration

-- name: list_processors
-- $1 processors, $2 limit, $3 after id, $4 slug or null, $5 country or null, $6 terms or null.
select p.*, s.version
from processor p join subject s on s.id = p.id
where p.processor_id = any ($1::uuid[]) and ($3::uuid is null or p.id > $3)
    and ($4::text is null or p.slug = $4) and ($5::text is null or p.country = $5)
    and ($6::text is null or p.terms = $6)
order by p.id limit $2

-- name: read_processor
-- $1 processors, $2 id.
select p.*, s.version
from processor p join subject s on s.id = p.id
where p.processor_id = any ($1::uuid[]) and p.id = $2

-- name: slugs_like
-- Slugs that start like this one; $1 has letters, digits and hyphens alone.
select slug from processor where slug = $1 or slug like $1 || '-%'
