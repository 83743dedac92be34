-- One row a subject: whole rows in, whole rows out, so that a Struct and its table stay one shape.

-- name: put_processor
-- The whole row, new or as it is now. $1 rows as JSON.
insert into processor select * from jsonb_populate_recordset(null::processor, $1::jsonb)
on conflict (id) do update set
    slug = excluded.slug, name = excluded.name, country = excluded.country,
    timezone = excluded.timezone, language = excluded.language, terms = excluded.terms,
    reply_to = excluded.reply_to, notice_time = excluded.notice_time, retention = excluded.retention,
    public = excluded.public, breach_target = excluded.breach_target, reminders = excluded.reminders

-- name: put_customer
-- The whole row, new or as it is now. $1 rows as JSON.
insert into customer select * from jsonb_populate_recordset(null::customer, $1::jsonb)
on conflict (id) do update set
    name = excluded.name, country = excluded.country, language = excluded.language,
    role = excluded.role, contacts = excluded.contacts, merged_into = excluded.merged_into,
    over_at = excluded.over_at, erased_at = excluded.erased_at

-- name: put_subprocessor
-- The whole row, new or as it is now. $1 rows as JSON.
insert into subprocessor select * from jsonb_populate_recordset(null::subprocessor, $1::jsonb)
on conflict (id) do update set
    name = excluded.name, aliases = excluded.aliases, service = excluded.service,
    services = excluded.services, country = excluded.country, countries = excluded.countries,
    address = excluded.address, contact = excluded.contact, categories = excluded.categories,
    transfer_basis = excluded.transfer_basis, bound_on = excluded.bound_on,
    bound_evidence = excluded.bound_evidence

-- name: put_agreement
-- The whole row, new or as it is now. $1 rows as JSON.
insert into agreement select * from jsonb_populate_recordset(null::agreement, $1::jsonb)
on conflict (id) do update set
    customer_id = excluded.customer_id, terms = excluded.terms, terms_version = excluded.terms_version,
    terms_version_id = excluded.terms_version_id, main_contracts = excluded.main_contracts,
    services = excluded.services, subprocessors = excluded.subprocessors, facts = excluded.facts,
    signatures = excluded.signatures, entry_closes_at = excluded.entry_closes_at, in_force_since = excluded.in_force_since,
    ended_at = excluded.ended_at, ended_on = excluded.ended_on, end_ground = excluded.end_ground, terminates_at = excluded.terminates_at,
    choice = excluded.choice, plan = excluded.plan, plan_approved_at = excluded.plan_approved_at,
    mailbox_read_at = excluded.mailbox_read_at, holds = excluded.holds, deleted_at = excluded.deleted_at,
    cancelled_services = excluded.cancelled_services, terms_history = excluded.terms_history,
    adopting = excluded.adopting

-- name: put_change
-- The whole row, new or as it is now. $1 rows as JSON.
insert into change select * from jsonb_populate_recordset(null::change, $1::jsonb)
on conflict (id) do update set
    kind = excluded.kind, subprocessor_id = excluded.subprocessor_id,
    replaces_id = excluded.replaces_id, country = excluded.country,
    from_country = excluded.from_country, terms = excluded.terms, to_version = excluded.to_version,
    services = excluded.services, reason = excluded.reason, effective_on = excluded.effective_on,
    not_before = excluded.not_before, announced_at = excluded.announced_at,
    active_at = excluded.active_at, ends_on = excluded.ends_on, delete_by = excluded.delete_by, withdrawn_why = excluded.withdrawn_why, revision = excluded.revision,
    plan = excluded.plan, announcement_id = excluded.announcement_id, to_version_id = excluded.to_version_id,
    significant = excluded.significant

-- name: put_announcement
-- The whole row, new or as it is now. $1 rows as JSON.
insert into announcement select * from jsonb_populate_recordset(null::announcement, $1::jsonb)
on conflict (id) do update set
    changes = excluded.changes, terms_version = excluded.terms_version, not_before = excluded.not_before,
    announced_at = excluded.announced_at, withdrawn_why = excluded.withdrawn_why

-- name: put_notice
-- The whole row, new or as it is now. $1 rows as JSON.
insert into notice select * from jsonb_populate_recordset(null::notice, $1::jsonb)
on conflict (id) do update set
    change_id = excluded.change_id, agreement_id = excluded.agreement_id,
    customer_id = excluded.customer_id, rule = excluded.rule, clause = excluded.clause,
    form = excluded.form, grounds = excluded.grounds, rights = excluded.rights,
    own_period = excluded.own_period, closes_at = excluded.closes_at, last_day = excluded.last_day,
    proceeds_at = excluded.proceeds_at, sent_at = excluded.sent_at, received_at = excluded.received_at,
    received_how = excluded.received_how, counting_contact = excluded.counting_contact,
    outcome = excluded.outcome, answers = excluded.answers, replies = excluded.replies,
    running = excluded.running, engages_at = excluded.engages_at,
    engage_not_before = excluded.engage_not_before, engaged_at = excluded.engaged_at,
    revision = excluded.revision, from_version_id = excluded.from_version_id

-- name: put_task
-- The whole row, new or as it is now. $1 rows as JSON.
insert into task select * from jsonb_populate_recordset(null::task, $1::jsonb)
on conflict (id) do update set
    about = excluded.about, about_kind = excluded.about_kind, kind = excluded.kind, key = excluded.key,
    text = excluded.text, role = excluded.role, owner = excluded.owner, due_at = excluded.due_at,
    done_at = excluded.done_at, note = excluded.note, data = excluded.data, escalated_at = excluded.escalated_at
