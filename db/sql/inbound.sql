-- What came back, tied to the message it answers. $1 is the processors the caller may see.

-- name: message_answered
-- The mail that an inbound message names: the row it was sent under first, then those that it carried. Each with its
-- subject; overtaken where its contact was told anew since. $2 message.
with lead as (
    select l.id, l.message_id from message m join message l on l.id = coalesce(m.carried_by, m.id)
    where m.processor_id = any ($1::uuid[]) and m.id = $2
)
select m.id, m.processor_id, m.subject_id, m.contact_id, m.kind, lead.id as mail_id, lead.message_id as own_id,
    s.kind as subject_kind, s.state as subject_state, coalesce((m.data ->> 'copy')::boolean, false) as copy,
    m.kind = 'announcement' and exists (
        select from message later
        where later.subject_id = m.subject_id and later.contact_id = m.contact_id and later.kind = m.kind
            and later.id > m.id and coalesce(later.data ->> 'copy', 'false') <> 'true'
            and later.state in ('sent', 'received', 'unknown')) as overtaken
from lead
join message m on m.id = lead.id or (m.carried_by = lead.id and m.state <> 'dropped')
join subject s on s.id = m.subject_id
order by m.id <> lead.id, m.id

-- name: message_to_contact
-- The last message sent about a subject that a person may mean: to this contact, else to the one whose receipt counts.
-- $2 subject, $3 contact or null.
select m.id
from message m left join notice n on n.id = m.subject_id
where m.processor_id = any ($1::uuid[]) and m.subject_id = $2 and m.kind in ('announcement', 'agreement')
    and m.contact_id = coalesce($3, n.counting_contact, m.contact_id)
order by m.state = 'queued', m.id desc limit 1

-- name: notices_of_sender
-- Live notices of a customer that has a contact of this address: a reply without a thread belongs to the only one.
-- The customer is the agreement's: an agreement may have gone over to another since. Nothing answers what came
-- later. $2 address, $3 when it came in.
select n.id as subject_id, n.processor_id, s.kind as subject_kind, s.state as subject_state,
    (c.contact ->> 'id')::uuid as contact_id
from notice n
join subject s on s.id = n.id and 'live' = any (s.tags)
join agreement a on a.id = n.agreement_id
join customer cu on cu.id = a.customer_id
cross join lateral jsonb_array_elements(cu.contacts) c (contact)
where n.processor_id = any ($1::uuid[]) and lower(c.contact ->> 'email') = lower($2)
    and coalesce(n.sent_at, $3) <= $3
limit 2

-- name: notices_to_answer
-- Where they stand, and what rights they give. $1 processors, $2 notices.
select n.id, s.kind, s.state, row_to_json(n)::text as entity
from notice n join subject s on s.id = n.id
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: insert_inbound
-- Nothing where it was posted before. $1 row as JSON.
insert into inbound (id, processor_id, subject_id, message_id, contact_id, kind, sender, subject_line, content,
    external_id, received_at, recorded_at, outcome)
select r.id, r.processor_id, r.subject_id, r.message_id, r.contact_id, r.kind, r.sender, r.subject_line, r.content,
    r.external_id, r.received_at, r.recorded_at, r.outcome
from jsonb_to_record($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, message_id uuid, contact_id uuid, kind text, sender text,
    subject_line text, content text, external_id text, received_at timestamptz, recorded_at timestamptz, outcome text)
on conflict (processor_id, external_id) where external_id is not null do nothing
returning id

-- name: inbound_became
-- $2 id, $3 what came of it.
update inbound set outcome = $3 where processor_id = any ($1::uuid[]) and id = $2

-- name: inbound_posted_before
-- $2 external id.
select id from inbound where processor_id = any ($1::uuid[]) and external_id = $2

-- name: record_return
-- A bounce, a delay or a delivery report, beside the attempts of its message. A bounce stops further attempts.
-- $2 message, $3 outcome, $4 words, $5 instant.
with told as (
    update message m set
        state = case when $3 = 'bounced' then 'bounced'
            when $3 = 'delivered' and m.state in ('sent', 'unknown') then 'received' else m.state end,
        next_at = case when $3 = 'bounced' then null else m.next_at end
    where m.processor_id = any ($1::uuid[]) and m.id = $2
    returning m.id, m.processor_id
)
insert into attempt (processor_id, message_id, at, outcome, code, words)
select processor_id, id, $5, $3, null, $4 from told

-- name: lock_inbound
-- $2 id.
select id, processor_id, subject_id, message_id, contact_id, kind, sender, content, received_at, classified_at
from inbound where processor_id = any ($1::uuid[]) and id = $2
for update

-- name: classify_inbound
-- $2 id, $3 what it is, $4 who says so, $5 instant, $6 the notice it belongs to.
update inbound set classified_as = $3, classified_by = $4, classified_at = $5, subject_id = coalesce($6, subject_id)
where processor_id = any ($1::uuid[]) and id = $2

-- name: list_inbound
-- $2 limit, $3 after id, $4 kind, $5 subject, $6 whether it was classified, $7 what it was classified as.
select i.id, i.processor_id, i.subject_id, s.kind as subject_kind, i.message_id, i.contact_id, i.kind, i.sender,
    i.subject_line, i.content, i.external_id, i.received_at, i.recorded_at, i.classified_at, i.classified_as,
    i.classified_by, i.outcome
from inbound i left join subject s on s.id = i.subject_id
where i.processor_id = any ($1::uuid[]) and ($3::uuid is null or i.id > $3)
    and ($4::text is null or i.kind = $4)
    and ($5::uuid is null or i.subject_id = $5)
    and ($6::boolean is null or $6 = (i.classified_at is not null))
    and ($7::text is null or i.classified_as = $7)
order by i.id limit $2

-- name: read_inbound
-- $2 id.
select i.id, i.processor_id, i.subject_id, s.kind as subject_kind, i.message_id, i.contact_id, i.kind, i.sender,
    i.subject_line, i.content, i.external_id, i.received_at, i.recorded_at, i.classified_at, i.classified_as,
    i.classified_by, i.outcome
from inbound i left join subject s on s.id = i.subject_id
where i.processor_id = any ($1::uuid[]) and i.id = $2

-- name: processors_of_mailbox
-- Whose mail a message may be: that of the message it names, else of those it went to, else of all there are.
-- $1 message or null, $2 addresses.
with known as (
    select p.id, p.id = (select m.processor_id from message m where m.id = $1) as owns,
        lower(p.reply_to) = any ($2::text[]) as named
    from processor p
)
select id from known
where coalesce(owns, false)
    or not exists (select from known where owns) and (
        coalesce(named, false) or not exists (select from known where named))

-- name: begin_mailbox
-- Another mailbox than before begins anew. $1 name.
with others as (delete from mailbox where name <> $1)
insert into mailbox (name, place, last_uid) values ($1, '', 0) on conflict (name) do nothing

-- name: forget_mailboxes
delete from mailbox

-- name: lease_mailbox
-- One worker at a time, in real time; nothing where another has it. $1 name, $2 seconds.
update mailbox set leased_until = clock_timestamp() + make_interval(secs => $2)
where name = $1 and (leased_until is null or leased_until < clock_timestamp())
returning place, last_uid, read_at, clock_timestamp() as real_now

-- name: advance_mailbox
-- With what a message led to, in one transaction: read twice is read once. $1 name, $2 place, $3 uid, $4 seconds.
update mailbox set place = $2, last_uid = case when place = $2 then greatest(last_uid, $3) else $3 end,
    leased_until = clock_timestamp() + make_interval(secs => $4)
where name = $1

-- name: leave_mailbox
-- It was looked through, or could not be, and why. $1 name, $2 why or null.
update mailbox set leased_until = null,
    read_at = case when $2::text is null then clock_timestamp() else read_at end,
    failing_since = case when $2::text is not null then coalesce(failing_since, clock_timestamp()) end,
    failing_why = $2
where name = $1

-- name: set_mail_apart
-- $1 mailbox, $2 item, $3 why.
insert into mailbox_apart (mailbox, item, at, why) values ($1, $2, clock_timestamp(), $3)
on conflict (mailbox, item) do update set at = excluded.at, why = excluded.why

-- name: mailboxes
-- For whoever runs the service: the mailbox, and what was set apart in it.
select m.name, m.read_at, m.failing_since, m.failing_why,
    (select coalesce(json_agg(json_build_object('item', a.item, 'at', a.at, 'why', a.why) order by a.at), '[]')::text
        from mailbox_apart a where a.mailbox = m.name) as apart
from mailbox m

-- name: forget_mail_apart
-- A person has looked at it in the mailbox. $1 item.
delete from mailbox_apart where item = $1
