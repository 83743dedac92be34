-- Processors, and what is asked over all of them.

-- name: put_processor
-- The whole row, new or as it is now. $1 rows as JSON, $2 what they have alike.
insert into processor (
    id, processor_id, slug, name, country, timezone, language, terms, reply_to, notice_time, retention, breach_target,
    public, reminders, display_name, colour, logo, joining, address)
select
    id, processor_id, slug, name, country, timezone, language, terms, reply_to, notice_time, retention, breach_target,
    public, reminders, display_name, colour, logo, joining, address
from jsonb_populate_recordset(jsonb_populate_record(null::processor, $2::jsonb), $1::jsonb)
on conflict (id) do update set
    slug = excluded.slug, name = excluded.name, country = excluded.country, timezone = excluded.timezone,
    language = excluded.language, terms = excluded.terms, reply_to = excluded.reply_to,
    notice_time = excluded.notice_time, retention = excluded.retention, breach_target = excluded.breach_target,
    public = excluded.public, reminders = excluded.reminders, display_name = excluded.display_name,
    colour = excluded.colour, logo = excluded.logo, joining = excluded.joining, address = excluded.address

-- name: load_processor
select p.id, row_to_json(p)::text as entity, '{}'::text as context, null::uuid as terms_version_id
from processor p where p.processor_id = any ($1::uuid[]) and p.id = any ($2::uuid[])

-- name: one_processor
select row_to_json(p)::text from processor p where p.id = any ($1::uuid[]) and p.id = $2

-- name: list_processors
-- $1 processors, $2 limit, $3 after id, $4 slug or null, $5 country or null, $6 terms or null.
select p.*, s.version, (
        select json_build_object('kind', c.kind, 'host', c.host, 'set_at', c.set_at, 'failing_since', c.failing_since,
            'words', c.words, 'undelivered', (
                select count(*) from chat_post x
                where x.processor_id = p.id and x.next_at is null and x.sent_at is null))
        from chat c where c.processor_id = p.id)::text as chat
from processor p join subject s on s.id = p.id
where p.processor_id = any ($1::uuid[]) and ($3::uuid is null or p.id > $3)
    and ($4::text is null or p.slug = $4) and ($5::text is null or p.country = $5)
    and ($6::text is null or p.terms = $6)
order by p.id limit $2

-- name: read_processor
-- $1 processors, $2 id.
select p.*, s.version, (
        select json_build_object('kind', c.kind, 'host', c.host, 'set_at', c.set_at, 'failing_since', c.failing_since,
            'words', c.words, 'undelivered', (
                select count(*) from chat_post x
                where x.processor_id = p.id and x.next_at is null and x.sent_at is null))
        from chat c where c.processor_id = p.id)::text as chat
from processor p join subject s on s.id = p.id
where p.processor_id = any ($1::uuid[]) and p.id = $2

-- name: set_logo
-- $1 processor, $2 digest in hex, $3 the PNG, $4 now.
insert into processor_logo (processor_id, sha256, content, set_at) values ($1, $2, $3, $4)
on conflict (processor_id) do update set sha256 = excluded.sha256, content = excluded.content, set_at = excluded.set_at

-- name: unset_logo
delete from processor_logo where processor_id = $1

-- name: find_logo
-- A picture by its digest, which its address has.
select termijn_logo($1)

-- name: all_processors
-- For an admin and for what concerns the whole deployment.
select termijn_all_processors()

-- name: for_all_processors
-- The same for what writes to all of them: the transaction sees every processor from here on.
select found.processors, set_config('termijn.processors', found.processors::text, true)
from (select termijn_all_processors() as processors) found

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
    (select count(*) from mailbox_apart) as mails_set_apart,
    (select count(*) from webhook w join subject s on s.id = w.id and s.open
     where w.processor_id = any ($1::uuid[]) and w.failing_since is not null) as failing_webhooks,
    (select count(*) from watch w join subject s on s.id = w.id and s.open
     where w.processor_id = any ($1::uuid[]) and w.failing_since is not null) as failing_lists,
    (select count(*) from file f
     where f.processor_id = any ($1::uuid[]) and f.altered_at is not null) as altered_files,
    (select count(*) from file_object o
     where o.processor_id = any ($1::uuid[]) and o.due_at < clock_timestamp() - interval '10 minutes') as unremoved_files,
    (select coalesce(max(each.waiting), 0) from (
        select count(*) as waiting from application a
        where a.processor_id = any ($1::uuid[]) and a.signed_at is null
            and (a.next_at is not null and a.sent_at is null or a.sent_at > termijn_now() - interval '48 hours')
        group by a.processor_id) each) as waiting_applications,
    (select coalesce(extract(epoch from termijn_now() - min(t.due_at)), 0) from timer t
     where t.processor_id = any ($1::uuid[]) and t.due_at <= termijn_now() and not t.parked)::double precision
        as oldest_due_timer_seconds,
    (select coalesce(extract(epoch from termijn_now() - min(
            case m.tries when 0 then m.next_at else coalesce(m.dated_at, m.created_at) end)), 0) from message m
     where m.processor_id = any ($1::uuid[]) and m.next_at <= termijn_now())::double precision
        as oldest_unsent_message_seconds

-- name: overdue_by_rule
-- What is late, by rule and by who has to act; terms name retentions as they like, so those are one. $1 processors.
select case when d.rule like 'retention.%' then 'retention' else d.rule end as rule, d.party, count(*) as late
from deadline d
where d.processor_id = any ($1::uuid[]) and d.closed_at is null and d.due_at <= termijn_now()
    and case d.boundary when 'exclusive' then true when 'inclusive' then d.due_at < termijn_now() else false end
group by 1, 2

-- name: applied_migrations
select name from migration

-- name: slugs_like
-- Slugs that start like this one; $1 has letters, digits and hyphens alone.
select slug from processor where slug = $1 or slug like $1 || '-%'
