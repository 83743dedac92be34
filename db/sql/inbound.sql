-- What came back, tied to the message it answers. $1 is the processors the caller may see.

-- name: message_answered
-- The message that an inbound one names, with its subject. $2 message.
select m.id, m.processor_id, m.subject_id, m.contact_id, m.kind, s.kind as subject_kind, s.state as subject_state
from message m join subject s on s.id = m.subject_id
where m.processor_id = any ($1::uuid[]) and m.id = $2

-- name: message_to_contact
-- The last message sent about a subject that a person may mean: to this contact, else to the one whose receipt counts.
-- $2 subject, $3 contact or null.
select m.id, m.contact_id, m.kind, s.kind as subject_kind
from message m
join subject s on s.id = m.subject_id
left join notice n on n.id = m.subject_id
where m.processor_id = any ($1::uuid[]) and m.subject_id = $2 and m.kind in ('announcement', 'agreement')
    and m.contact_id = coalesce($3, n.counting_contact, m.contact_id)
order by m.state = 'queued', m.id desc limit 1

-- name: notices_of_sender
-- Live notices of a customer that has a contact of this address: a reply without a thread belongs to the only one.
-- The customer is the agreement's: an agreement may have gone over to another since. $2 address.
select n.id, (c.contact ->> 'id')::uuid as contact_id, s.state
from notice n
join subject s on s.id = n.id and 'live' = any (s.tags)
join agreement a on a.id = n.agreement_id
join customer cu on cu.id = a.customer_id
cross join lateral jsonb_array_elements(cu.contacts) c (contact)
where n.processor_id = any ($1::uuid[]) and lower(c.contact ->> 'email') = lower($2)
limit 2

-- name: insert_inbound
-- Nothing where it was posted before. $1 row as JSON.
insert into inbound (id, processor_id, subject_id, message_id, contact_id, kind, sender, subject_line, content,
    external_id, received_at, recorded_at)
select r.id, r.processor_id, r.subject_id, r.message_id, r.contact_id, r.kind, r.sender, r.subject_line, r.content,
    r.external_id, r.received_at, r.recorded_at
from jsonb_to_record($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, message_id uuid, contact_id uuid, kind text, sender text,
    subject_line text, content text, external_id text, received_at timestamptz, recorded_at timestamptz)
on conflict (processor_id, external_id) where external_id is not null do nothing
returning id

-- name: inbound_posted_before
-- $2 external id.
select id from inbound where processor_id = any ($1::uuid[]) and external_id = $2

-- name: record_return
-- A bounce or a delivery report, beside the attempts of its message. A bounce stops further attempts.
-- $2 message, $3 outcome, $4 words, $5 instant.
with told as (
    update message m set
        state = case when $3 = 'bounced' then 'bounced' when m.state in ('sent', 'unknown') then 'received' else m.state end,
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
    i.classified_by
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
    i.classified_by
from inbound i left join subject s on s.id = i.subject_id
where i.processor_id = any ($1::uuid[]) and i.id = $2
