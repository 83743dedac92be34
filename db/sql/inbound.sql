-- What came back, tied to the message it answers. $1 is the processors the caller may see.

-- name: message_answered
-- The mail that an inbound message names: the row it was sent under first, then those that it carried. Each with its
-- subject; overtaken where its contact was told anew since. $2 message, $3 the states in which its contact may have one.
with asked as materialized (
    select coalesce(carried_by, id) as lead from message where processor_id = any ($1::uuid[]) and id = $2
), lead as (
    select l.id, l.message_id
    from asked cross join lateral (select id, message_id from message where id = asked.lead offset 0) l
)
select m.id, m.processor_id, m.subject_id, m.customer_id, m.contact_id, m.kind, m.state as message_state,
    lead.id as mail_id, lead.message_id as own_id,
    s.kind as subject_kind, s.state as subject_state, coalesce((m.data ->> 'copy')::boolean, false) as copy,
    m.kind = 'announcement' and exists (
        select from message later
        where later.subject_id = m.subject_id and later.contact_id = m.contact_id and later.kind = m.kind
            and later.id > m.id and coalesce(later.data ->> 'copy', 'false') <> 'true'
            and later.state = any ($3::text[])) as overtaken
from lead
cross join lateral (
    select * from message where id = lead.id
    union all
    select * from message where carried_by = lead.id and state <> 'dropped') m
join subject s on s.id = m.subject_id
order by m.id <> lead.id, m.id

-- name: links_quoted
-- What the links open that a message quotes, dead ones too. $2 digests of tokens.
select l.token_sha256, l.purpose, l.subject_id, l.customer_id, l.contact_id, s.kind as subject_kind,
    s.state as subject_state
from link l join subject s on s.id = l.subject_id
where l.processor_id = any ($1::uuid[]) and l.token_sha256 = any ($2::bytea[])
order by l.id

-- name: message_to_contact
-- The last message sent about a subject that a person may mean: to this contact, else to the one whose receipt counts.
-- $2 subject, $3 contact or null, $4 the kinds whose receipt counts.
select m.id
from message m left join notice n on n.id = m.subject_id
where m.processor_id = any ($1::uuid[]) and m.subject_id = $2 and m.kind = any ($4::text[])
    and m.contact_id = coalesce($3, n.counting_contact, m.contact_id)
order by m.state = 'queued', m.id desc limit 1

-- name: companies_like
-- Customers whose name or contacts hold one of these pieces of text, or whose name begins with what one of them holds:
-- or whose name stands in a text: few among all, to be looked at one by one. A customer that was merged into another
-- writes for that one. $2 pieces and $3 text, in lower case.
select coalesce(m.merged_into, c.merged_into, c.id) as id, c.processor_id, c.name, c.contacts::text as contacts
from customer c
left join customer m on m.id = c.merged_into
where c.processor_id = any ($1::uuid[]) and c.contacts <> '[]' and (
    strpos($3::text, lower(split_part(c.name, ' ', 1))) > 0
    or exists (
        select from unnest($2::text[]) as piece
        where strpos(lower(c.contacts::text), piece) > 0 or strpos(lower(c.name), piece) > 0
            or length(split_part(c.name, ' ', 1)) > 3 and strpos(piece, lower(split_part(c.name, ' ', 1))) > 0))
order by c.id

-- name: notices_of_customers
-- Live notices of these customers, as an agreement may have gone over to another since; `open` are those of which
-- nothing had begun when a message came in, which could still be answered. Nothing answers what came later.
-- $2 customers, $3 when it came in.
select n.id, s.kind, a.customer_id, s.state, coalesce(n.closes_at, n.proceeds_at) as ends_at,
    n.engaged_at is null or n.engaged_at > $3 as open
from agreement a
join notice n on n.agreement_id = a.id
join subject s on s.id = n.id and 'live' = any (s.tags)
where a.processor_id = any ($1::uuid[]) and a.customer_id = any ($2::uuid[]) and coalesce(n.sent_at, $3) <= $3
order by n.id

-- name: next_answer_due
-- When the next right of any customer closes. $2 now.
select min(due_at) from deadline
where processor_id = any ($1::uuid[]) and closed_at is null and party = 'controller' and due_at > $2

-- name: notices_to_answer
-- Where they stand, and what rights they give. $1 processors, $2 notices.
select n.id, s.kind, s.state, row_to_json(n)::text as entity
from notice n join subject s on s.id = n.id
where n.processor_id = any ($1::uuid[]) and n.id = any ($2::uuid[])

-- name: agreement_signed_elsewhere
-- The agreement that a provider of signatures names, with the addresses of both sides; two rows where it is not certain
-- which. $2 ids, $3 numbers.
select a.id, a.customer_id, a.signatures::text as signatures, c.contacts::text as contacts,
    array(select lower(u.email) from app_user u where u.processor_id = a.processor_id and u.state = 'active')
        || array_remove(array[lower(p.reply_to)], null) as own
from (
    select id from unnest($2::uuid[]) named (id)
    union select id from agreement where processor_id = any ($1::uuid[]) and external_id = any ($3::text[])) named
cross join lateral (select * from agreement where id = named.id offset 0) a
cross join lateral (select contacts from customer where id = a.customer_id offset 0) c
cross join lateral (select reply_to from processor where id = a.processor_id offset 0) p
where a.processor_id = any ($1::uuid[])
order by a.id limit 2

-- name: insert_inbound
-- Nothing where it was posted before. $1 row as JSON.
insert into inbound (id, processor_id, subject_id, message_id, contact_id, kind, sender, subject_line, content,
    external_id, received_at, recorded_at, outcome, automatic, held, attachments)
select r.id, r.processor_id, r.subject_id, r.message_id, r.contact_id, r.kind, r.sender, r.subject_line, r.content,
    r.external_id, r.received_at, r.recorded_at, r.outcome, r.automatic, r.held, r.attachments
from jsonb_to_record($1::jsonb) as r (
    id uuid, processor_id uuid, subject_id uuid, message_id uuid, contact_id uuid, kind text, sender text,
    subject_line text, content text, external_id text, received_at timestamptz, recorded_at timestamptz, outcome text,
    automatic boolean, held uuid[], attachments jsonb)
on conflict (processor_id, external_id) where external_id is not null do nothing
returning id

-- name: keep_received
-- What was received, byte for byte. $1 id, $2 processor, $3 inbound message, $4 digest, $5 name, $6 type, $7 bytes,
-- $8 instant, $9 by whom.
with kept as (
    insert into file (id, processor_id, sha256, name, type, size, content, origin, made_at, made_by)
    values ($1, $2, $4, $5, $6, octet_length($7::bytea), $7, 'inbound', $8, $9)
    returning id
)
update inbound set file_id = kept.id from kept where inbound.processor_id = $2 and inbound.id = $3

-- name: received_file
-- $2 inbound message.
select f.id, f.sha256, f.name, f.type, f.size, f.content
from inbound i join file f on f.id = i.file_id
where i.processor_id = any ($1::uuid[]) and i.id = $2

-- name: inbound_became
-- $2 id, $3 what came of it.
update inbound set outcome = $3 where processor_id = any ($1::uuid[]) and id = $2

-- name: inbound_tied
-- What was not tied before, or had no use, is tried again. $2 id, $3 what it is about, $4 what came of it.
update inbound set subject_id = $3, outcome = $4 where processor_id = any ($1::uuid[]) and id = $2

-- name: inbound_posted_before
-- $2 external id.
select id from inbound where processor_id = any ($1::uuid[]) and external_id = $2

-- name: record_return
-- A bounce, a delay or a delivery report, beside the attempts of its message. What is settled by it is not sent again.
-- $2 message, $3 outcome, $4 words, $5 instant, $6 and $7 from which states to which one, or null where none changes,
-- $8 the states in which a message is still to be sent.
with told as (
    update message m set
        state = case when m.state = any ($6::text[]) then coalesce($7, m.state) else m.state end,
        next_at = case when m.state = any ($6::text[]) and $7 <> all ($8::text[]) then null else m.next_at end
    where m.processor_id = any ($1::uuid[]) and m.id = $2
    returning m.id, m.processor_id
)
insert into attempt (processor_id, message_id, at, outcome, code, words)
select processor_id, id, $5, $3, null, $4 from told

-- name: lock_inbound
-- $2 id.
select i.id, i.processor_id, i.subject_id, i.message_id, i.contact_id, i.kind, i.sender, i.content, i.received_at,
    i.classified_at, i.held, i.outcome, i.file_id, f.sha256
from inbound i
left join file f on f.id = i.file_id
where i.processor_id = any ($1::uuid[]) and i.id = $2
for update of i

-- name: asked_about_inbound
-- Who has an open task about it: these, or the customers whose agreements they are. $2 who may have, $3 its id as text.
select t.about from task t
where t.processor_id = any ($1::uuid[])
    and t.about = any ($2::uuid[] || array(
        select a.customer_id from agreement a where a.processor_id = any ($1::uuid[]) and a.id = any ($2::uuid[])))
    and t.kind = 'classify_reply' and t.key = $3 and t.done_at is null

-- name: classify_inbound
-- $2 id, $3 what it is, $4 who says so, $5 instant, $6 the notice it belongs to.
update inbound set classified_as = $3, classified_by = $4, classified_at = $5, subject_id = coalesce($6, subject_id)
where processor_id = any ($1::uuid[]) and id = $2

-- name: list_inbound
-- $2 limit, $3 after id, $4 kind, $5 subject, $6 whether it was classified, $7 what it was classified as.
-- by received_at timestamptz: i.received_at, i.id
-- among subject: select id from inbound where subject_id = $2
select x.*
from unnest($1::uuid[]) as tenant (id)
cross join lateral (
    select i.id, i.processor_id, i.subject_id, s.kind as subject_kind, i.message_id, i.contact_id, i.kind, i.sender,
        i.subject_line, i.content, i.external_id, i.received_at, i.recorded_at, i.classified_at, i.classified_as,
        i.classified_by, i.outcome, i.automatic, i.held, i.attachments::text as attachments, i.file_id,
        f.name as file_name, f.type as file_type, f.size as file_size, f.sha256, f.erased_at as file_erased_at
    from inbound i
    left join subject s on s.id = i.subject_id
    left join file f on f.id = i.file_id
    where i.processor_id = any (array[tenant.id])
        and i.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
        and ($4::text is null or i.kind = $4)
        and ($5::uuid is null or i.subject_id = $5)
        and ($6::boolean is null or $6 = (i.classified_at is not null))
        and ($7::text is null or i.classified_as = $7)
    order by i.processor_id, i.id limit $2) x
order by x.id limit $2

-- name: read_inbound
-- $2 id.
select i.id, i.processor_id, i.subject_id, s.kind as subject_kind, i.message_id, i.contact_id, i.kind, i.sender,
    i.subject_line, i.content, i.external_id, i.received_at, i.recorded_at, i.classified_at, i.classified_as,
    i.classified_by, i.outcome, i.automatic, i.held, i.attachments::text as attachments, i.file_id, f.name as file_name,
    f.type as file_type, f.size as file_size, f.sha256, f.erased_at as file_erased_at
from inbound i
left join subject s on s.id = i.subject_id
left join file f on f.id = i.file_id
where i.processor_id = any ($1::uuid[]) and i.id = $2

-- name: processors_of_mailbox
-- Whose mail a message may be: that of the message it names or the link it quotes, else of those it went to, else of
-- all there are. $1 message or null, $2 addresses, $3 digests of tokens.
with known as (
    select p.id, p.id = (select m.processor_id from message m where m.id = $1
            union all select b.processor_id from subscription_mail b where b.id = $1
            union all select a.processor_id from application a where a.id = $1)
            or exists (select from link l where l.processor_id = p.id and l.token_sha256 = any ($3::bytea[])) as owns,
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
