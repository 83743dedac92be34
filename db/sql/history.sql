-- What must hold in every database, whatever happened to it (docs/safety.md). Each block gives the ids of what breaks one
-- promise, over all processors: for the command line of whoever runs the service, and after every test.

-- name: history_state_not_recorded
select s.id from subject s
left join lateral (select body from event where subject_id = s.id and seq = s.version) e on true
where s.state is distinct from e.body::json ->> 'after'

-- name: history_states_apart
select subject_id as id from (
    select subject_id, seq, body::json ->> 'before' as before,
        lag(body::json ->> 'after') over (partition by subject_id order by seq) as last
    from event) e
where seq > 1 and before is distinct from last

-- name: history_versions_missing
select s.id from subject s
left join (select subject_id, count(*) as events, max(seq) as last from event group by subject_id) e
    on e.subject_id = s.id
where (e.events, e.last) is distinct from (s.version::bigint, s.version)

-- name: history_miscounted
-- A change whose notices are counted otherwise than they stand.
select x.change_id as id
from (
    select change_id, state, outcome, sum(count) as count, sum(running) as running, sum(engaged) as engaged,
        sum(holding) as holding, sum(waiting) as waiting, sum(told) as told, sum(received) as received,
        sum(answered) as answered
    from (
        select change_id, state, outcome, count, running, engaged, holding, waiting, told, received, answered
        from notice_tally
        union all
        select n.change_id, s.state, n.outcome, -1, -(n.running::integer), -((n.engaged_at is not null)::integer),
            -(h.holding::integer),
            -((h.holding and (n.rule = 'consent' or n.rule = 'information' and n.received_at is not null))::integer),
            -((n.sent_at is not null)::integer), -((n.received_at is not null)::integer), -((n.answers <> '[]')::integer)
        from notice n
        join subject s on s.id = n.id
        cross join lateral (
            select s.tags && '{live}' and n.engaged_at is null and n.engages_at is null as holding) h) each
    group by change_id, state, outcome) x
where (x.count, x.running, x.engaged, x.holding, x.waiting, x.told, x.received, x.answered) <> (0, 0, 0, 0, 0, 0, 0, 0)

-- name: history_course_apart
-- An event that stands in the course of a change to which its subject does not belong; one from before courses has none.
select e.subject_id as id from event e
join subject s on s.id = e.subject_id
left join subject p on p.id = s.parent_id
where e.change_id is not null and e.change_id is distinct from case s.kind
    when 'change' then s.id when 'notice' then s.parent_id
    when 'task' then case p.kind when 'change' then p.id when 'notice' then p.parent_id end end

-- name: history_personal_altered
select p.subject_id as id from personal p
left join event e on e.subject_id = p.subject_id and e.seq = p.seq
where e.body::json ->> 'personal_sha256' is distinct from encode(sha256(p.salt || convert_to(p.body, 'UTF8')), 'hex')

-- name: history_tenants_mixed
select n.id from notice n join agreement a on a.id = n.agreement_id join change c on c.id = n.change_id
where a.processor_id <> n.processor_id or c.processor_id <> n.processor_id
union all
select e.id from engagement e join agreement a on a.id = e.agreement_id join subprocessor u on u.id = e.subprocessor_id
where a.processor_id <> e.processor_id or u.processor_id <> e.processor_id
union all
select a.id from agreement a join customer c on c.id = a.customer_id where c.processor_id <> a.processor_id
union all
select u.file_id from file_use u join file f on f.id = u.file_id where f.processor_id <> u.processor_id
union all
select t.file_id from terms_text t join file f on f.id = t.file_id join terms_version v on v.id = t.terms_version_id
where t.processor_id <> f.processor_id or t.processor_id <> v.processor_id
union all
select a.id from application a join terms_version v on v.id = a.terms_version_id
where v.processor_id <> a.processor_id
union all
select o.id from file_object o join file f on f.id = o.file_id where f.processor_id <> o.processor_id
union all
select x.id from (
    select id, subject_id, processor_id from timer
    union all select id, subject_id, processor_id from deadline
    union all select id, subject_id, processor_id from message
    union all select id, subject_id, processor_id from link
    union all select uid, subject_id, processor_id from event
    union all select file_id, subject_id, processor_id from file_use
    union all select id, subject_id, processor_id from inbound
    union all select id, subject_id, processor_id from document
    union all select id, subject_id, processor_id from letter
) x join subject s on s.id = x.subject_id
where s.processor_id <> x.processor_id

-- name: history_recorded_early
-- An event is written down when it has happened, never before: no timer fires early.
select subject_id as id from event where at > recorded_at + interval '1 second'

-- name: history_closed_early
-- A window that is over, by an event from before its last moment.
select n.id from notice n
join subject s on s.id = n.id
where s.tags && '{closed}' and n.closes_at > (select max(recorded_at) from event where subject_id = n.id)

-- name: history_engaged_early
select e.id from engagement e join notice n on n.id = e.notice_id
where e.until is null and (n.engaged_at is null or e.since < n.engaged_at)

-- name: history_deleted_early
select a.id from agreement a join subject s on s.id = a.id
where a.deleted_at is not null and (a.ended_at is null or a.deleted_at < a.ended_at or s.open)

-- name: history_timer_undone
-- $1 until when it had time.
select t.subject_id as id from timer t join subject s on s.id = t.subject_id cross join clock k
where t.due_at < $1 and not t.parked and s.parked_at is null
    and not (t.lane = 'irreversible' and k.alarm_at is not null)

-- name: history_mail_undone
-- $1 until when it had time.
select m.id from message m where m.next_at < $1 and (m.leased_until is null or m.leased_until < $1)

-- name: history_reminder_undone
-- $1 until when it had time.
select d.id from deadline d join subject s on s.id = d.subject_id
where d.remind_at < $1 and d.closed_at is null and s.parked_at is null

-- name: history_nobody_told
-- Overdue for a day, and nobody was told, though somebody of the processor's own people is there, or an admin where
-- nobody is. What came up when it was overdue already has a day from then; a deadline is told of by any task that ends with it. $1 a day ago.
select x.id from (
    select t.id, array[t.id] as told_by, t.processor_id, t.kind as what, t.due_at, t.done_at as until
    from task t where t.due_at < $1 and not t.data ? 'deadline_id' and t.done_at is null
    union all
    select d.id, d.id || array(
            select t.id from (select * from task where about = d.subject_id offset 0) t where t.due_at = d.due_at),
        d.processor_id, d.rule, d.due_at, d.closed_at
    from deadline d where d.due_at < $1 and d.boundary <> 'from' and d.closed_at is null) x
left join lateral (select min(c.since) as at from concern c where c.id = any (x.told_by)) since on true
where greatest(x.due_at, since.at) < $1
    and exists (
        select from app_user u
        where u.processor_id = x.processor_id and u.state = 'active' and u.role in ('director', 'manager')
            and u.created_at < $1
        union all
        select from app_user u
        where u.role = 'admin' and u.state = 'active' and u.created_at < $1 and not termijn_anybody(x.processor_id))
    and not exists (
        select from told l left join user_mail m on m.id = l.mail_id
        where l.concern_id = any (x.told_by) and l.occasion = 'overdue' and (m.id is not null or l.mailed_elsewhere))

-- name: history_fan_out_undone
-- $1 until when it had time.
select f.id from fan_out f where f.created_at < $1 and f.finished_at is null and f.parked_at is null

-- name: history_window_unwatched
-- A window runs, and no timer will close it.
select n.id from notice n join subject s on s.id = n.id
where s.tags && '{waiting}' and n.running and n.closes_at > termijn_now()
    and not exists (select from timer t where t.subject_id = n.id and t.due_at <= n.closes_at)

-- name: history_never_attempted
-- $1 states of messages that somebody tried to send.
select m.id from message m
where m.state = any ($1::text[]) and not exists (select from attempt a where a.message_id = m.id)

-- name: history_mail_unmade
-- $1 as above: what was tried has its Message-ID and its date.
select m.id from message m
where m.state = any ($1::text[]) and m.carried_by is null and (m.message_id is null or m.dated_at is null)

-- name: history_message_id_twice
select (array_agg(m.id order by m.id))[2] as id from message m
where m.message_id is not null and m.carried_by is null
group by m.message_id having count(*) > 1

-- name: history_never_told
-- A notice that was handed over, without a message.
select n.id from notice n
where n.sent_at is not null and not exists (select from message m where m.subject_id = n.id)

-- name: history_outcome_missing
-- Settled for good, and nothing says how.
select n.id from notice n join subject s on s.id = n.id where not s.open and n.outcome is null

-- name: history_both_outcomes
-- Silence counted although an objection had come in time.
select n.id from notice n join subject s on s.id = n.id, jsonb_array_elements(n.answers) a
where s.tags && '{closed}' and n.closes_at is not null and a ->> 'answer' = 'object'
    and (a ->> 'counts')::boolean is not false
    and (a ->> 'received_at')::timestamptz < n.closes_at
    and not exists (
        select from jsonb_array_elements(n.answers) b
        where b ->> 'answer' = 'take-back' and (b ->> 'recorded_at')::timestamptz >= (a ->> 'recorded_at')::timestamptz)

-- name: history_lateness_wrong
select n.id from notice n, jsonb_array_elements(n.answers) a
where n.closes_at is not null and a ->> 'answer' = 'object' and coalesce((a ->> 'counts')::boolean, true)
    and coalesce((a ->> 'late')::boolean, false) <> ((a ->> 'received_at')::timestamptz >= n.closes_at)

-- name: history_engaged_without_yes
-- Works on a notice that lets nobody work.
select e.id from engagement e join subject s on s.id = e.notice_id
where e.until is null and not s.tags && '{permits,held}'

-- name: history_engaged_for_nobody
-- Works for an agreement that is over.
select e.id from engagement e join subject s on s.id = e.agreement_id where e.until is null and not s.open

-- name: history_joined_unsigned
-- In force although its customer came by the processor's page and a party has not signed.
select a.id from agreement a join subject s on s.id = a.id
where a.joined and s.tags && '{in_force}' and not a.signatures @> '[{"party": "controller"}, {"party": "processor"}]'

-- name: history_engaged_twice
select (array_agg(e.id order by e.id))[2] as id from engagement e where e.until is null
group by e.agreement_id, e.subprocessor_id, e.country, e.notice_id having count(*) > 1

-- name: history_task_apart
-- Open and done at once, or neither.
select t.id from task t join subject s on s.id = t.id where t.done_at is not null and s.open

-- name: history_deadline_of_nothing
-- An open deadline of something that is over.
select d.id from deadline d join subject s on s.id = d.subject_id where d.closed_at is null and not s.open

-- name: history_kept_after_erasure
-- A customer that was erased, with contacts or a link that still opens.
select c.id from customer c where c.erased_at is not null and (
    c.contacts <> '[]' or exists (select from link l where l.customer_id = c.id and l.revoked_at is null))

-- name: history_evidence_swept
-- A file that is some event's evidence and is gone, or would be swept, though its subject was not erased.
select u.file_id as id from file_use u join file f on f.id = u.file_id
where f.origin = 'upload' and u.erased_at is null and (f.erased_at is not null or f.claimed_at is null)

-- name: history_evidence_kept
-- A file whose every subject was erased, with its bytes still there.
select f.id from file f
where f.origin = 'upload' and f.erased_at is null and exists (select from file_use u where u.file_id = f.id)
    and not exists (select from file_use u where u.file_id = f.id and u.erased_at is null)
    and not exists (select from terms_text t where t.file_id = f.id)

-- name: history_store_kept
-- Bytes that had to go from a store, and that nobody has removed for hours: by a real clock, as the store has no other.
select o.file_id as id from file_object o where o.due_at < clock_timestamp() - interval '2 hours'
