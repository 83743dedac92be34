-- The whole schema, to be read. `db/migrations` builds the same one; a test compares the two.

-- Logins are members of these two; neither owns anything, so row-level security holds for both.
-- termijn_api     what the API and the pages may do, one processor's rows at a time
-- termijn_worker  what jobs may do, over all processors, each named in the statement

-- A name as it is searched: without case and accents.
create function termijn_plain(name text) returns text language sql immutable strict parallel safe
    as $$ select lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036F]', '', 'g')) $$;

-- A name as it is compared: the same as `name_key` in the program, which a test holds against it.
create function termijn_name_key(name text) returns text language sql immutable strict parallel safe
    as $$ select case
        -- Plain letters with single spaces, as most names are: the way through the rest costs many times as much.
        when octet_length(name) = length(name) and btrim(name) = name and strpos(name, '  ') = 0
            and translate(name, E'\t\n\v\f\r\x1c\x1d\x1e\x1f`', '') = name then lower(name collate pg_unicode_fast)
        else btrim(regexp_replace(normalize(casefold(normalize(regexp_replace(
            translate(name,
                U&'\2018\2019\201B\02BC\2032\00B4\0060\201C\201D\201E\201F\2033\2010\2011\2012\2013\2014\2015\2212',
                repeat('''', 7) || repeat('"', 5) || repeat('-', 7)),
            '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164'
            '\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\U000E0000-\U000E0FFF]+', '', 'g'), NFKC)
            collate pg_unicode_fast), NFKC),
            '[\u0009-\u000D\u001C-\u0020\u0085\u1680\u2028\u2029]+', ' ', 'g'), ' ') end $$;

-- Three letters each of a name as it is searched, behind the processor whose it is: what an index of parts of names
-- holds. A word of one or two letters has none.
create function termijn_grams(owner uuid, words text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(whose || substr(words, n, 3)), '{}')
          from (select owner::text as whose offset 0) o cross join generate_series(1, length(words) - 2) n $$;

-- All that a customer is known by, as it is searched.
create function termijn_customer_words(name_sort text, number text, contacts jsonb) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select name_sort || ' ' || termijn_plain(concat_ws(' ', number, (
              select string_agg(concat_ws(' ', p ->> 'name', p ->> 'email', p ->> 'phone'), ' ')
              from jsonb_array_elements(case jsonb_typeof(contacts) when 'array' then contacts else '[]' end) p))) $$;

-- A customer's name and number, by which its agreements are known too.
create function termijn_customer_title(name_sort text, number text) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select name_sort || coalesce(' ' || termijn_plain(number), '') $$;

-- What an agreement is known by besides its customer's name; `theirs` is the customer's number, which the index leaves out.
create function termijn_agreement_words(terms text, number text, theirs text, contracts jsonb) returns text
    language sql immutable parallel safe set search_path = public, pg_temp
    as $$ select termijn_plain(concat_ws(' ', terms, number, theirs, (
              select string_agg(m ->> 'reference', ' ')
              from jsonb_array_elements(case jsonb_typeof(contracts) when 'array' then contracts else '[]' end) m))) $$;

-- One, two and three letters each of what is searched, behind the processor whose it is: what an index of them holds.
create function termijn_parts(owner uuid, said text) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(whose || substr(said, n, length)), '{}')
          from (select owner::text as whose offset 0) o cross join generate_series(1, 3) length
          cross join lateral generate_series(1, length(said) - length + 1) n $$;

-- Those by which several words are found: three letters each, fewer of a word that has no more.
create function termijn_parts_of(owner uuid, words text[]) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(distinct owner::text || substr(word, n, least(length(word), 3))), '{}')
          from unnest(words) word cross join lateral generate_series(1, greatest(length(word) - 2, 1)) n $$;

-- Labels, each with whose it is, by which they are found: capitals make no other label.
create function termijn_labelled(owner uuid, labels text[]) returns text[] language sql immutable strict parallel safe
    as $$ select coalesce(array_agg(owner::text || ':' || lower(label)), '{}') from unnest(labels) label $$;

-- What a task says in each language, as it is searched.
create function termijn_task_words(text text, data jsonb) returns text language sql immutable strict parallel safe
    set search_path = public, pg_temp
    as $$ select termijn_plain(text || coalesce(' ' || (
              select string_agg(value, ' ' order by key) from jsonb_each_text(case jsonb_typeof(data) when 'object' then data else '{}' end)
              where key like 'text\_%'), '')) $$;

-- The same as a number, by which those that say the same are found.
create function termijn_task_said(text text, data jsonb) returns bigint language sql immutable strict parallel safe
    as $$ select hashtextextended(text || coalesce(' ' || (
              select string_agg(value, ' ' order by key) from jsonb_each_text(case jsonb_typeof(data) when 'object' then data else '{}' end)
              where key like 'text\_%'), ''), 0) $$;

create table processor (
    id uuid primary key,
    processor_id uuid not null,
    slug text not null unique,
    name text not null,
    country text not null,
    timezone text not null,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    terms text not null,
    reply_to text,
    notice_time text not null,
    retention text not null,
    breach_target text not null,
    public boolean not null,
    -- Null: the program's own defaults.
    reminders jsonb,
    -- Its own face: what it is called on pages and mails, its colour, and the digest of its logo.
    display_name text,
    colour text check (colour ~ '^#[0-9a-f]{6}$'),
    logo text check (logo ~ '^[0-9a-f]{64}$'),
    -- The page on which a stranger becomes a customer: under which terms, and in which languages. Null: there is none.
    joining jsonb,
    -- Where it has its post; null where nobody has said.
    address text,
    check (id = processor_id)
);

-- Every state machine is one row here: the thing that is locked, with its version and the head of its chain.
create table subject (
    id uuid primary key,
    processor_id uuid not null,
    kind text not null check (kind in (
        'processor', 'customer', 'subprocessor', 'agreement', 'change', 'notice', 'task', 'announcement', 'webhook',
        'breach', 'breach_case', 'request', 'audit', 'matter', 'upstream', 'watch')),
    parent_id uuid,
    state text not null,
    version integer not null check (version >= 1),
    head bytea not null,
    open boolean not null,
    tags text[] not null,
    parked_at timestamptz,
    parked_why text,
    created_at timestamptz not null
);
create index subject_by_kind on subject (processor_id, kind, id);
create index subject_by_state on subject (processor_id, kind, state, id);
create index subject_by_age on subject (processor_id, kind, created_at, id);
create index subject_parked on subject (processor_id) where parked_at is not null;
-- The changes whose notices are watched: a few among all that there ever was.
create index subject_watched on subject (id) where kind = 'change' and tags && '{watched}';
-- What belongs to an agreement besides its notices: a few, and erased with it.
create index subject_of_agreement on subject (parent_id)
    where parent_id is not null and kind not in ('notice', 'task');

create table customer (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    name text not null,
    country text not null,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    role text not null check (role in ('controller', 'processor')),
    contacts jsonb not null,
    merged_into uuid,
    over_at timestamptz,
    erased_at timestamptz,
    -- Users of the processor who look after it.
    manager_id uuid,
    deputy_id uuid,
    -- The processor's own number for it.
    external_id text,
    -- Words by which the processor groups them.
    labels text[] not null default '{}',
    -- What it is sorted by: row-level security lets no function into the condition of an index.
    name_sort text generated always as (termijn_plain(name)) stored,
    -- Where it has its post, in lines as they stand on an envelope; null where nobody has said.
    address text
);
create index customer_list on customer (processor_id, id);
create index customer_by_country on customer (processor_id, country, id);
create index customer_by_manager on customer (processor_id, manager_id, id) where manager_id is not null;
create index customer_by_name on customer (processor_id, name_sort, id);
create index customer_called on customer using gin (termijn_grams(processor_id, name_sort)) with (fastupdate = off);
-- Parts of all that it is known by, and of what its agreements are known by too.
create index customer_labelled on customer using gin (termijn_labelled(processor_id, labels)) where labels <> '{}';
create index customer_known on customer using gin (
    termijn_parts(processor_id, termijn_customer_words(name_sort, external_id, contacts))) with (gin_pending_list_limit = 256);
create index customer_titled on customer using gin (
    termijn_parts(processor_id, termijn_customer_title(name_sort, external_id))) with (gin_pending_list_limit = 256);
-- By a name as it is compared.
create index customer_by_key on customer (processor_id, termijn_name_key(name));
create index customer_by_number on customer (processor_id, termijn_name_key(external_id)) where external_id is not null;
create index customer_merged on customer (merged_into) where merged_into is not null;
create unique index customer_by_external_id on customer (processor_id, external_id) where external_id is not null;

create table subprocessor (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    name text not null,
    aliases text[] not null,
    service text not null,
    services text[] not null,
    country text,
    countries text[] not null,
    address text,
    contact text,
    categories text[] not null,
    transfer_basis text,
    bound_on date,
    bound_evidence text,
    duplicate_of uuid references subprocessor,
    -- In each language, where it was given so; the text above is what stands where one lacks.
    service_in jsonb not null default '{}',
    categories_in jsonb not null default '{}',
    -- Frameworks under which it is certified for transfers, from which day to which.
    certifications jsonb not null default '[]',
    -- The processor's own number for it.
    external_id text,
    -- Words by which the processor groups them.
    labels text[] not null default '{}',
    -- What it is sorted by: row-level security lets no function into the condition of an index.
    name_sort text generated always as (termijn_plain(name)) stored
);
create index subprocessor_list on subprocessor (processor_id, id);
create index subprocessor_by_name on subprocessor (processor_id, name_sort, id);
create unique index subprocessor_by_external_id on subprocessor (processor_id, external_id) where external_id is not null;
-- As a search has it, in which small and capital letters are one.
create index customer_numbered on customer (processor_id, termijn_plain(external_id)) where external_id is not null;

-- A version of a terms file. processor_id null: everyone's.
create table terms_version (
    id uuid primary key,
    processor_id uuid references processor,
    terms text not null,
    version text not null,
    title text not null,
    document jsonb not null,
    digest bytea not null,
    created_at timestamptz not null
);
create unique index terms_version_once on terms_version (
    coalesce(processor_id, '00000000-0000-0000-0000-000000000000'::uuid), terms, digest);
create index terms_version_latest on terms_version (terms, id);

create table agreement (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    customer_id uuid not null references customer,
    terms text not null,
    terms_version text not null,
    terms_version_id uuid not null references terms_version,
    main_contracts jsonb not null,
    services text[] not null,
    subprocessors uuid[] not null,
    facts jsonb not null,
    signatures jsonb not null,
    entry_closes_at timestamptz,
    in_force_since timestamptz,
    ended_at timestamptz,
    ended_on date,
    end_ground text,
    terminates_at timestamptz,
    choice jsonb,
    plan jsonb not null,
    plan_approved_at timestamptz,
    mailbox_read_at timestamptz,
    holds jsonb not null,
    deleted_at timestamptz,
    cancelled_services jsonb not null,
    -- Versions that bound it, once there were several; and one that cannot bind yet.
    terms_history jsonb not null,
    adopting jsonb,
    end_noticed_at timestamptz,
    -- A failure that is to be put right within a time, before the other party may end it.
    cure jsonb,
    certificate_asked_at timestamptz,
    -- The processor's own number for it.
    external_id text,
    -- The customer came by the processor's page: in force no sooner than both parties have signed.
    joined boolean not null default false,
    -- Words by which the processor groups them.
    labels text[] not null default '{}',
    -- Until when the customer may choose what becomes of its data, where an outage made that later than its terms have it.
    choice_until timestamptz
);
create index agreement_list on agreement (processor_id, id);
create index agreement_by_terms on agreement (processor_id, terms, id);
create index agreement_by_customer on agreement (customer_id);
-- Plans whose items may be ordered: a few among all agreements and changes.
create index agreement_planned on agreement (processor_id, id) where plan <> '[]' and deleted_at is null;
-- The order in which a fan-out goes: customer by customer.
create index agreement_in_order on agreement (processor_id, customer_id, id);
create index agreement_deleted on agreement (id) where deleted_at is not null;
create index agreement_signed on agreement (id)
    where signatures @> '[{"party": "controller"}, {"party": "processor"}]';
create unique index agreement_by_external_id on agreement (processor_id, external_id) where external_id is not null;
create index agreement_numbered on agreement (processor_id, termijn_plain(external_id)) where external_id is not null;
create index agreement_labelled on agreement using gin (termijn_labelled(processor_id, labels)) where labels <> '{}';
create index agreement_known on agreement using gin (
    termijn_parts(processor_id, termijn_agreement_words(terms, external_id, null, main_contracts)))
    with (gin_pending_list_limit = 256);

-- Changes sent as one.
create table announcement (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    changes uuid[] not null,
    terms_version text,
    not_before timestamptz,
    announced_at timestamptz,
    withdrawn_why text
);
create index announcement_list on announcement (processor_id, id);

create table change (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    kind text not null check (kind in ('add', 'replace', 'remove', 'relocate', 'terms', 'measure')),
    subprocessor_id uuid references subprocessor,
    replaces_id uuid references subprocessor,
    country text,
    from_country text,
    terms text,
    to_version text,
    services text[] not null,
    reason text not null,
    effective_on date,
    not_before timestamptz,
    announced_at timestamptz,
    active_at timestamptz,
    ends_on date,
    delete_by date,
    withdrawn_why text,
    revision integer not null,
    plan jsonb not null,
    announcement_id uuid references announcement,
    to_version_id uuid references terms_version,
    significant boolean,
    -- What customers were told, oldest first, as the records stood then.
    announced jsonb not null default '[]',
    reason_in jsonb not null default '{}',
    withdrawn_why_in jsonb not null default '{}',
    -- Since when its subprocessor has had to work, where that could not wait.
    emergency_since timestamptz,
    -- Where and when it was published, oldest first, each with the file that holds the bytes.
    publications jsonb not null default '[]'
);
create index change_by_announcement on change (announcement_id) where announcement_id is not null;
create index change_list on change (processor_id, id);
create index change_by_day on change (processor_id, coalesce(effective_on, 'infinity'), id);
create index change_by_subprocessor on change (subprocessor_id);
create index change_planned on change (processor_id, id) where plan <> '[]';

create table notice (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    change_id uuid not null references change,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    rule text not null check (rule in ('objection', 'consent', 'information', 'termination_right')),
    clause text not null,
    form text not null check (form in ('any', 'text', 'written')),
    grounds text not null check (grounds in ('none', 'asked', 'required')),
    rights jsonb not null,
    own_period boolean not null,
    closes_at timestamptz,
    last_day date,
    proceeds_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    received_how text check (received_how in ('direct', 'delivery_report', 'assumed', 'answer', 'deemed', 'published')),
    counting_contact uuid,
    outcome text,
    answers jsonb not null,
    replies jsonb not null,
    running boolean not null,
    engages_at timestamptz,
    engage_not_before date,
    engaged_at timestamptz,
    revision integer not null,
    -- The version that a change of terms was laid beside when the customer was told.
    from_version_id uuid references terms_version,
    -- When a server last said that the message that counts had not arrived yet.
    delayed_at timestamptz,
    -- The text of its change that the customer was told first.
    first_revision integer not null default 1,
    -- The subprocessor began before anybody was told, as the agreement lets it in an emergency.
    emergency boolean not null default false,
    -- Until when a solution is sought after an objection.
    alternative_until timestamptz,
    unique (change_id, agreement_id)
);
create index notice_list on notice (processor_id, id);
create index notice_by_close on notice (processor_id, coalesce(closes_at, 'infinity'), id);
create index notice_by_agreement on notice (agreement_id);
create index notice_by_customer on notice (customer_id);
-- The order in which a change's notices are told something.
create index notice_in_order on notice (change_id, id);
-- The first of a change's agreements to be served.
create index notice_served on notice (change_id, (coalesce(engaged_at, engages_at)))
    include (engaged_at, engages_at, processor_id) where coalesce(engaged_at, engages_at) is not null;
-- What waits for a consent that has no period.
create index notice_awaiting on notice (processor_id, received_at, id)
    where rule = 'consent' and closes_at is null and outcome is null and received_at is not null;
-- The question asked after each answer: does any window of this change still run?
create index notice_running on notice ((case when running then change_id end));

-- Each statement that wrote notices says what it changed of the counts: added up they are the counts. Nobody waits for
-- anybody's row; a worker adds up what has become many.
create table notice_tally (
    id bigint generated always as identity primary key,
    processor_id uuid not null,
    change_id uuid not null,
    state text not null,
    outcome text,
    count integer not null,
    running integer not null,
    engaged integer not null,
    -- Nobody knows yet from when the agreement may be served: at all, and because its customer has to say yes.
    holding integer not null,
    waiting integer not null,
    told integer not null,
    received integer not null,
    answered integer not null
);
create index notice_tally_by_change on notice_tally (change_id);

create table task (
    -- Deferred: whether it is new at all is known only once it is written.
    id uuid primary key references subject deferrable initially deferred,
    processor_id uuid not null references processor,
    about uuid not null,
    about_kind text not null,
    kind text not null,
    key text not null,
    text text not null,
    role text not null check (role in ('manager', 'director')),
    owner text,
    due_at timestamptz,
    done_at timestamptz,
    note text,
    data jsonb not null,
    escalated_at timestamptz
);
create index task_list on task (processor_id, id);
create index task_by_due on task (processor_id, coalesce(due_at, 'infinity'), id);
create index task_open on task (processor_id, coalesce(due_at, 'infinity'), id) where done_at is null;
-- But for reminders of a deadline, which is shown itself.
create index task_waiting on task (
    processor_id, role, (case when due_at is null then 'infinity' else due_at end), id)
    where done_at is null and data ->> 'deadline_id' is null;
-- The same, kind by kind.
create index task_waiting_by_kind on task (
    processor_id, kind, (case when due_at is null then 'infinity' else due_at end), id)
    where done_at is null and data ->> 'deadline_id' is null;
create index task_by_kind on task (processor_id, kind, id);
-- Written so that nothing but the question for a role takes it.
create index task_by_role on task ((case when role is not null then processor_id end), role, id);
create index task_by_owner on task (processor_id, owner, id) where owner is not null;
create index task_about on task (about);
-- Written so that nothing but the question for words takes it.
create index task_saying on task (
    (case when text is not null then processor_id end), termijn_task_said(text, data), id);
create unique index task_once on task (about, kind, key) where done_at is null;

-- Which subprocessor works for which agreement, where, since when and by which yes.
create table engagement (
    id uuid primary key,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    subprocessor_id uuid not null references subprocessor,
    country text,
    since timestamptz not null,
    until timestamptz,
    basis text not null check (basis in ('signature', 'notice')),
    notice_id uuid references notice,
    change_id uuid references change,
    replaces_id uuid,
    -- In words, as it is shown, and for programs.
    ended_why text,
    ended_by uuid,
    end_reason text check (end_reason in (
        'agreement_ended', 'agreement_not_in_force', 'change_ended', 'change_withdrawn', 'consent_revoked',
        'consent_taken_back', 'data_gone', 'never_received', 'objected_in_time', 'objection_upheld', 'place_known',
        'refused_in_time', 'replaced', 'service_ended', 'subprocessor_removed'))
);
create index engagement_gate on engagement (agreement_id, subprocessor_id);
create index engagement_list on engagement (processor_id, id);
create index engagement_by_age on engagement (processor_id, since, id);
create index engagement_by_notice on engagement (notice_id);
create index engagement_by_change on engagement (change_id);
-- Written so that nothing but the question whom one works for takes it: the gate looks in an agreement's own rows.
create index engagement_by_subprocessor on engagement ((case when since is not null then subprocessor_id end), id);

-- The ledger. The hash is over the previous hash, the version and the bytes of body.
create table event (
    id bigint generated always as identity primary key,
    uid uuid not null default uuidv7(),
    processor_id uuid not null,
    subject_id uuid not null references subject,
    seq integer not null check (seq >= 1),
    tx xid8 not null default pg_current_xact_id(),
    type text not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    body text not null check (body is json),
    previous bytea not null,
    hash bytea not null,
    -- To the course of which change it belongs: its own, its notices' and those of tasks about either. Where it is not given
    -- a trigger sets it; null for all others, and in the course of changes from before there was this.
    change_id uuid,
    unique (subject_id, seq)
);
create index event_by_change on event (change_id, at, id) where change_id is not null;
create index event_list on event (processor_id, id);
-- Written so that nothing but the question for a type takes it.
create index event_by_type on event ((case when type is not null then processor_id end), type, id);
-- Which events a root covers is told by their transactions: every one below `to_tx` had ended, so nothing can
-- appear among them later. Transactions rise with the rows, so a summary of blocks is index enough.
create index event_by_tx on event using brin ((tx::text::bigint)) with (autosummarize = on);
-- What an event is called outside; `id` is its place in the order.
create unique index event_uid on event (uid);
-- What was said of customers and agreements when they were entered, by which an import knows them again.
create index event_customer_entered on event (processor_id, termijn_name_key(body::json -> 'data' ->> 'name'))
    where seq = 1 and type like 'customer.%';
create index event_customer_numbered on event (
    processor_id, termijn_name_key(body::json -> 'data' -> 'imported' ->> 'key'))
    where seq = 1 and type like 'customer.%';
create index event_agreement_entered on event (processor_id, (body::json -> 'data' ->> 'customer_id'))
    where seq = 1 and type like 'agreement.%';

-- Beside the ledger: what may have to be erased. The event's body holds sha256(salt || body).
create table personal (
    subject_id uuid not null references subject,
    seq integer not null,
    processor_id uuid not null,
    salt bytea not null,
    body text not null,
    primary key (subject_id, seq)
);

-- What fires. Written only by whoever holds the subject's lock, or as a message to another subject.
create table timer (
    id uuid primary key,
    processor_id uuid not null,
    subject_id uuid not null references subject,
    name text not null,
    trigger text not null,
    due_at timestamptz not null,
    rank smallint not null,
    lane text not null check (lane in ('normal', 'irreversible')),
    parked boolean not null default false,
    data jsonb not null,
    -- What a message came from, where traces are collected.
    traceparent text,
    unique (subject_id, name)
);
-- (due_at, id): thousands are due at the same midnight, and an index on due_at alone sorts them at each claim.
create index timer_due on timer (due_at, id) where not parked;
-- What a clock alarm holds back, counted.
create index timer_irreversible on timer (due_at) where lane = 'irreversible' and not parked;

-- What is shown. Apart from timers: some deadlines fire nothing, some stay open after a timer fired.
create table deadline (
    id uuid primary key,
    processor_id uuid not null,
    subject_id uuid not null references subject,
    agreement_id uuid,
    rule text not null,
    key text not null,
    text text not null,
    due_at timestamptz not null,
    last_day date not null,
    zone text not null,
    -- `from`: it may be done from then on, and nothing is late.
    boundary text not null check (boundary in ('exclusive', 'inclusive', 'from')),
    party text not null check (party in ('controller', 'processor')),
    clause text not null,
    reading text not null,
    steps jsonb not null,
    calendar text not null,
    closed_at timestamptz,
    closed_how text check (closed_how in ('met', 'dropped', 'replaced')),
    -- When it is spoken of next, and the task that was opened about it. Null: nothing is left to say.
    remind_at timestamptz,
    task_id uuid
);
create unique index deadline_open on deadline (subject_id, rule, key) where closed_at is null;
create index deadline_by_subject on deadline (subject_id);
create index deadline_soonest on deadline (processor_id, due_at, id) where closed_at is null;
-- As they are counted, by when they end alone: written so that nothing but the counts takes it, and with all that they ask.
create index deadline_ending on deadline (
    (case when boundary <> 'from' then processor_id end), due_at) include (processor_id, boundary)
    where closed_at is null and boundary <> 'from';
create index deadline_by_party on deadline (processor_id, party, due_at, id) where closed_at is null;
create index deadline_by_rule on deadline (processor_id, rule, due_at, id) where closed_at is null;
-- What may be done from an instant on is never late. Written so that nothing but the question what is late takes it.
create index deadline_beginning on deadline (
    (case when boundary = 'from' then processor_id end), due_at, id) where closed_at is null and boundary = 'from';
create index deadline_by_agreement on deadline (agreement_id);
create index deadline_remind on deadline (remind_at, id) where remind_at is not null and closed_at is null;

-- The outbox: one row a message and contact. Its Message-ID, Date and bytes are made once.
create table message (
    id uuid primary key,
    processor_id uuid not null,
    subject_id uuid not null references subject,
    customer_id uuid not null,
    contact_id uuid not null,
    kind text not null,
    address text not null,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    data jsonb not null,
    counts boolean not null,
    state text not null check (state in (
        'queued', 'sent', 'received', 'deferred', 'unknown', 'rejected', 'bounced', 'dropped')),
    message_id text,
    subject text,
    content bytea,
    dated_at timestamptz,
    created_at timestamptz not null,
    next_at timestamptz,
    tries integer not null,
    leased_until timestamptz,
    -- The message whose mail brings this one along; it is not sent by itself.
    carried_by uuid references message,
    -- It waits to go in the one mail of the day that reminds its contact of anything.
    reminds boolean not null default false,
    -- What it came from, where traces are collected.
    traceparent text
);
create index message_reminds on message (next_at, id) where reminds and next_at is not null;
create index message_carried on message (carried_by) where carried_by is not null;
create index message_next on message (next_at, id) where next_at is not null;
create index message_held on message (processor_id) where next_at = 'infinity';
create index message_by_subject on message (subject_id);
create index message_by_customer on message (customer_id);

-- Every delivery attempt, with the server's words.
create table attempt (
    id bigint generated always as identity primary key,
    processor_id uuid not null,
    message_id uuid not null references message,
    at timestamptz not null,
    outcome text not null check (outcome in (
        'sent', 'deferred', 'rejected', 'unknown', 'bounced', 'delivered')),
    code integer,
    words text not null
);
create index attempt_by_message on attempt (message_id);

-- A link opens one contact's page for one purpose. The token is derived; only its SHA-256 is kept.
create table link (
    id uuid primary key,
    processor_id uuid not null,
    customer_id uuid not null,
    contact_id uuid not null,
    purpose text not null check (purpose in ('notice', 'contact', 'erasure', 'signature')),
    subject_id uuid not null references subject,
    generation integer not null,
    token_sha256 bytea not null unique,
    revoked_at timestamptz,
    created_at timestamptz not null,
    unique (contact_id, purpose, subject_id)
);

-- A file. Erased it keeps its row: digest, type and size stay, its name and its bytes go. What was handed in (`upload`)
-- has its bytes in parts, or in a store of objects, and is gone after a day unless something claims it.
create table file (
    id uuid primary key,
    processor_id uuid not null references processor,
    sha256 bytea not null,
    name text not null,
    type text not null,
    size bigint not null check (size >= 0),
    content bytea,
    origin text not null check (origin in ('inbound', 'upload', 'publication')),
    made_at timestamptz not null,
    made_by text not null,
    erased_at timestamptz,
    claimed_at timestamptz,
    -- Under which name a store of objects has its bytes; null: they lie here.
    object_id uuid constraint file_object_check check (object_id is null or origin = 'upload'),
    -- When its bytes were gone, wherever they lay.
    removed_at timestamptz,
    -- Since when the store gives other bytes than were handed in, or none.
    altered_at timestamptz,
    constraint file_removed_check check (removed_at is null or erased_at is not null),
    check (case when origin = 'upload' then content is null else (content is null) = (erased_at is not null) end)
);
create index file_list on file (processor_id, id);
create unique index file_by_object on file (object_id) where object_id is not null;
create index file_altered on file (processor_id, id) where altered_at is not null;
create index file_unclaimed on file (made_at) where origin = 'upload' and claimed_at is null and erased_at is null;
create table file_part (
    file_id uuid not null references file,
    number integer not null check (number >= 0),
    processor_id uuid not null references processor,
    bytes bytea not null,
    primary key (file_id, number)
);
-- Objects that no row of a file vouches for: bytes on their way, which go after a day unless a row has come, and bytes
-- that have to go. Instants are real ones, since a store knows no simulated clock. Of a processor that left: null.
create table file_object (
    id uuid primary key,
    processor_id uuid references processor,
    file_id uuid not null,
    due_at timestamptz not null,
    next_at timestamptz not null,
    tries integer not null default 0 check (tries >= 0)
);
create index file_object_next on file_object (next_at, id);
create index file_object_of on file_object (file_id);
-- The event whose evidence a file is. Erased with its subject; the file goes with the last of them.
create table file_use (
    file_id uuid not null references file,
    subject_id uuid not null references subject,
    seq integer not null check (seq >= 1),
    processor_id uuid not null references processor,
    erased_at timestamptz,
    primary key (file_id, subject_id, seq)
);
create index file_use_by_subject on file_use (subject_id, seq);
-- The text of the agreement that a processor makes under a version of terms; set once.
create table terms_text (
    processor_id uuid not null references processor,
    terms_version_id uuid not null references terms_version,
    file_id uuid not null references file,
    set_at timestamptz not null,
    set_by text not null,
    -- Where it was made of the terms themselves: of which document of rules, and in which language.
    made_of bytea,
    language text check (language in ('nl', 'en', 'de', 'fr')),
    primary key (processor_id, terms_version_id),
    constraint terms_text_made check ((made_of is null) = (language is null))
);
create index terms_text_by_file on terms_text (file_id);

-- What came back: replies, bounces, delivery reports.
create table inbound (
    id uuid primary key,
    processor_id uuid not null references processor,
    subject_id uuid references subject,
    message_id uuid references message,
    contact_id uuid,
    kind text not null check (kind in ('reply', 'bounce', 'delivery', 'signature', 'unknown')),
    sender text not null,
    subject_line text not null,
    content text not null,
    external_id text,
    received_at timestamptz not null,
    recorded_at timestamptz not null,
    classified_at timestamptz,
    classified_as text check (classified_as in (
        'objection', 'consent', 'refusal', 'acknowledgement', 'take-back', 'termination',
        'bounce', 'delivery', 'question', 'other')),
    classified_by text,
    -- taken: its subject heard of it; no_effect: it had no use for it; untied: names nothing of ours;
    -- forged: names a message of ours by an address that we never made.
    outcome text check (outcome in ('taken', 'no_effect', 'untied', 'forged')),
    -- An answer that a machine gave.
    automatic boolean not null default false,
    -- The notices that wait for it, though nothing but its sender ties it to them.
    held uuid[] not null default '{}',
    attachments jsonb not null default '[]',
    -- All of it as it was received.
    file_id uuid references file
);
create unique index inbound_once on inbound (processor_id, external_id) where external_id is not null;
create index inbound_list on inbound (processor_id, id);
create index inbound_by_arrival on inbound (processor_id, received_at, id);
create index inbound_by_subject on inbound (subject_id) where subject_id is not null;

-- A mailbox that the worker reads, by its address without the login. `place` is its UIDVALIDITY (RFC 9051), within
-- which everything up to `last_uid` was taken in. Instants of real time.
create table mailbox (
    name text primary key,
    place text not null,
    last_uid bigint not null,
    read_at timestamptz,
    failing_since timestamptz,
    failing_why text,
    leased_until timestamptz
);

-- Messages in it that could not be taken in: they stay there, flagged, for a person.
create table mailbox_apart (
    mailbox text not null references mailbox on delete cascade,
    item text not null,
    at timestamptz not null,
    why text not null,
    primary key (mailbox, item)
);

-- A change, or an announcement's changes, carried to many agreements in chunks. The cursor is the last customer
-- done, or where notices that are there are told something, the last notice.
create table fan_out (
    id uuid primary key,
    processor_id uuid not null,
    kind text not null check (kind in ('announce', 'amend', 'withdraw', 'end', 'join', 'publish')),
    change_id uuid references change,
    agreement_id uuid references agreement,
    revision integer not null,
    cursor uuid,
    done integer not null,
    total integer not null,
    at timestamptz not null,
    actor text not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    parked_at timestamptz,
    parked_why text,
    announcement_id uuid references announcement,
    -- As of a message.
    traceparent text
);
create index fan_out_by_announcement on fan_out (announcement_id) where announcement_id is not null;
create index fan_out_open on fan_out (id) where finished_at is null;
create index fan_out_by_change on fan_out (change_id);
-- After an import they are thousands, and join together.
create index fan_out_joins on fan_out (processor_id, id)
    where kind = 'join' and finished_at is null and parked_at is null;

create table api_key (
    id uuid primary key,
    processor_id uuid references processor,
    name text not null,
    role text not null check (role in ('admin', 'director', 'manager', 'auditor')),
    secret_sha256 bytea not null unique,
    hint text not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    -- Which token opens the calendar that its holder subscribes to; 0: none does.
    feed integer not null default 0,
    check ((processor_id is null) = (role = 'admin'))
);

-- Persons who sign in. One who was removed stays, since events name them, and signs in no more.
create table app_user (
    id uuid primary key,
    processor_id uuid references processor,
    name text not null,
    email text not null,
    role text not null check (role in ('admin', 'director', 'manager', 'auditor')),
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    -- What is told to them, and when; what is absent goes by the default.
    hears jsonb not null default '{}',
    state text not null default 'active' check (state in ('active', 'removed')),
    version integer not null default 1,
    created_at timestamptz not null,
    removed_at timestamptz,
    -- Which token opens the calendar that the user subscribes to; 0: none does.
    feed integer not null default 0,
    check ((processor_id is null) = (role = 'admin')),
    check ((removed_at is null) = (state = 'active'))
);
create unique index app_user_email on app_user (lower(email), processor_id) nulls not distinct where state = 'active';
create index app_user_processor on app_user (processor_id, id);

-- A link that lets a user in, once. Its token is derived from its id. These instants, and those of sessions, are real
-- time on a simulated clock too.
create table user_link (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    -- The page below /board that the user asked for.
    back text not null default '',
    asked_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz not null,
    used_at timestamptz
);
create index user_link_user on user_link (user_id);
create index user_link_ends on user_link (ends_at);

create table user_session (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    secret_sha256 bytea not null unique,
    -- The processor that an admin acts for.
    chosen_id uuid references processor,
    signed_in_at timestamptz not null default clock_timestamp(),
    ends_at timestamptz not null,
    ended_at timestamptz
);
create index user_session_open on user_session (user_id) where ended_at is null;
create index user_session_ends on user_session (ends_at);

-- What goes to users by mail: apart from messages, which are to customers and stand in their evidence.
create table user_mail (
    id uuid primary key,
    user_id uuid not null references app_user,
    processor_id uuid references processor,
    kind text not null,
    -- The link that it carries, where it lets its user in.
    link_id uuid references user_link,
    data jsonb not null default '{}',
    created_at timestamptz not null,
    -- Null once it was sent, given up, or has nothing more to say.
    next_at timestamptz,
    tries integer not null default 0,
    -- A lease runs in real time, so that a jump of a simulated clock frees nothing.
    leased_until timestamptz,
    sent_at timestamptz,
    words text not null default ''
);
create index user_mail_next on user_mail (next_at, id) where next_at is not null;
create index user_mail_link on user_mail (link_id) where link_id is not null;

-- What a processor's own people are told of: a task, a deadline that passed, or a breach, by its own id.
create table concern (
    id uuid primary key,
    processor_id uuid not null references processor,
    kind text not null check (kind in ('task', 'deadline', 'breach')),
    -- When it came up.
    since timestamptz not null,
    -- Up to when it was spoken of; null: not yet.
    seen_at timestamptz,
    -- When it is spoken of next; null: nothing is left to say.
    next_at timestamptz
);
create index concern_next on concern (next_at, id) where next_at is not null;

-- Who is told of it, each of each occasion once.
create table told (
    id uuid primary key,
    processor_id uuid not null references processor,
    concern_id uuid not null references concern,
    user_id uuid not null references app_user,
    occasion text not null check (occasion in ('new', 'soon', 'overdue')),
    -- In the one mail of a morning, not at once.
    digest boolean not null,
    -- When it goes out; null once it did, or was over before.
    next_at timestamptz,
    -- The mail that it went in.
    mail_id uuid references user_mail,
    -- The last mail that it went in was given up.
    in_vain boolean not null default false,
    -- It went in a mail of the installation that the processor was taken in from: mails to people stay behind.
    mailed_elsewhere boolean not null default false,
    unique (concern_id, user_id, occasion)
);
create index told_next on told (next_at, id) where next_at is not null;
create index told_user on told (user_id, mail_id);
create index told_in_vain on told (user_id) where in_vain;
create index told_mail on told (mail_id) where mail_id is not null;

-- Whether anybody works for a processor who can be told of something.
create function termijn_anybody(processor uuid) returns boolean language sql stable
    as $$ select exists (
        select from app_user u
        where u.processor_id = processor and u.state = 'active' and u.role in ('director', 'manager')) $$;

-- A processor's logo, a PNG; the one of now.
create table processor_logo (
    processor_id uuid primary key references processor,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    content bytea not null,
    set_at timestamptz not null
);
create index processor_logo_named on processor_logo (sha256);

-- Where a processor's people are told together: an incoming webhook of Slack or Teams. Its URL is as good as a key.
create table chat (
    processor_id uuid primary key references processor,
    kind text not null check (kind in ('slack', 'teams')),
    url text not null,
    host text not null,
    set_at timestamptz not null,
    -- Null while posts are taken; the last words of the other side.
    failing_since timestamptz,
    words text not null default ''
);

-- What is posted there: once for each occasion of a concern.
create table chat_post (
    id uuid primary key,
    processor_id uuid not null references processor,
    data jsonb not null,
    created_at timestamptz not null,
    -- Null once it was taken, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    leased_until timestamptz,
    sent_at timestamptz,
    words text not null default ''
);
create index chat_post_next on chat_post (next_at, id) where next_at is not null;
create index chat_post_lost on chat_post (processor_id) where next_at is null and sent_at is null;
create table chat_line (
    concern_id uuid not null references concern,
    occasion text not null check (occasion in ('new', 'overdue')),
    processor_id uuid not null references processor,
    post_id uuid not null references chat_post,
    primary key (concern_id, occasion)
);

-- Who took away what holds personal data, and when: bundles of evidence, declarations, messages as they came in.
create table disclosure (
    id uuid primary key,
    processor_id uuid not null references processor,
    what text not null check (what in (
        'evidence', 'declaration', 'message', 'attachment',
        'customers', 'notices', 'requests', 'breaches', 'matters', 'audits', 'inbound', 'events', 'timeline')),
    about uuid not null,
    by text not null,
    at timestamptz not null
);
create index disclosure_list on disclosure (processor_id, id);
create unique index disclosure_read on disclosure (processor_id, by, what, date_trunc('hour', at at time zone 'UTC'))
    where what not in ('evidence', 'declaration', 'message', 'attachment');

-- Anybody who wants to be told by mail of what a public page announces, once the address was confirmed.
create table subscription (
    id uuid primary key,
    processor_id uuid not null references processor,
    address text,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    asked_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    -- Nothing is kept of who hears no more.
    check ((address is null) = (ended_at is not null))
);
create unique index subscription_live on subscription (processor_id, lower(address)) where ended_at is null;

-- Whoever came by a processor's page named contacts whose mailboxes nobody has proven. What goes to them about the
-- agreement waits, with no instant to be sent at, for the processor's signature; where it comes to nothing it is dropped.
create function joined_letters_go() returns trigger language plpgsql
    as $$ begin
        update message set next_at = termijn_now()
        where processor_id = new.processor_id and subject_id = new.id and state = 'queued' and next_at is null
            and carried_by is null;
        return null;
    end $$;
create trigger joined_signed after update on agreement
    for each row when (new.joined and new.signatures @> '[{"party": "processor"}]'
        and not old.signatures @> '[{"party": "processor"}]')
    execute function joined_letters_go();

create function joined_letters_end() returns trigger language plpgsql
    as $$ begin
        update message set state = 'dropped'
        where processor_id = new.processor_id and subject_id = new.id and state = 'queued' and next_at is null
            and carried_by is null;
        return null;
    end $$;
create trigger joined_over after update on subject
    for each row when (new.kind = 'agreement' and old.open and not new.open)
    execute function joined_letters_end();

-- What strangers typed on a processor's page: nothing else is known of them until they have signed by the link of a mail.
create table application (
    id uuid primary key,
    processor_id uuid not null references processor,
    -- Which showing of the page it came from: the same form sent twice is one.
    nonce text not null,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    -- What was on the page: the rules, what they leave blank, and the text.
    terms_version_id uuid not null references terms_version,
    facts jsonb not null,
    text_sha256 bytea not null,
    -- Whose mailbox is asked, and what was typed: gone once it was signed.
    address text,
    typed jsonb,
    applied_at timestamptz not null,
    signed_at timestamptz,
    -- Its one mail: null once it was sent, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    sent_at timestamptz,
    words text not null default '',
    bounced_at timestamptz,
    own_id text,
    -- What its mail came from, as a message has it.
    traceparent text,
    unique (processor_id, nonce),
    check ((address is null) = (signed_at is not null)),
    check ((typed is null) = (signed_at is not null))
);
create index application_next on application (next_at, id) where next_at is not null;
create index application_old on application (applied_at);
create index application_waiting on application (processor_id) where signed_at is null;

-- How often an address was asked whether it wants to be told, by a keyed digest of it: unanswered three times in a row, it
-- is left alone for a week, whether or not anything else is kept of it.
create table subscription_asked (
    processor_id uuid not null,
    digest bytea not null,
    asks integer not null,
    last_at timestamptz not null,
    primary key (processor_id, digest)
);

-- What goes to a subscriber: without a change, the mail that asks to confirm.
create table subscription_mail (
    id uuid primary key,
    processor_id uuid not null references processor,
    subscription_id uuid not null references subscription,
    change_id uuid references change,
    revision integer not null,
    created_at timestamptz not null,
    -- Null once it was sent, or given up.
    next_at timestamptz,
    tries integer not null default 0,
    sent_at timestamptz,
    words text not null default '',
    -- When it came back, or was refused for good.
    bounced_at timestamptz,
    -- Its Message-ID, with the seal that only who has seen the mail knows.
    own_id text,
    unique nulls not distinct (subscription_id, change_id, revision)
);
create index subscription_mail_next on subscription_mail (next_at, id) where next_at is not null;

-- The texts of changes of which subscribers were told.
create table subscription_told (
    change_id uuid not null references change,
    revision integer not null,
    processor_id uuid not null references processor,
    primary key (change_id, revision)
);

-- The first answer to a request, given again when its key comes back.
create table idempotency (
    scope uuid not null,
    key text not null,
    processor_id uuid,
    request_sha256 bytea not null,
    status integer not null,
    body bytea not null,
    etag text,
    location text,
    created_at timestamptz not null,
    primary key (scope, key)
);
create index idempotency_age on idempotency (created_at);

-- An incident: what happened to data, and what is known of it by now.
create table breach (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    discovered_at timestamptz not null,
    summary text not null,
    categories text[] not null,
    people_min integer,
    people_max integer,
    subprocessor_id uuid references subprocessor,
    contents jsonb not null,
    updates jsonb not null,
    phase integer not null,
    notified_at timestamptz,
    closed_at timestamptz,
    conclusion text not null,
    summary_in jsonb not null default '{}',
    categories_in jsonb not null default '{}',
    conclusion_in jsonb not null default '{}',
    -- Of which of the kinds that agreements name; empty while nobody has said.
    kind text not null default ''
);
create index breach_list on breach (processor_id, id);
create index breach_by_discovery on breach (processor_id, discovered_at, id);

-- A breach for one agreement: its own clock, channel and proof that the customer was informed.
create table breach_case (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    breach_id uuid not null references breach,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    due_at timestamptz,
    own_target boolean not null,
    notified_at timestamptz,
    informed_at timestamptz,
    informed_how text check (informed_how in ('call', 'mail', 'voicemail_and_mail', 'answer')),
    late boolean not null,
    authority_due_at timestamptz,
    calls jsonb not null,
    receipts jsonb not null,
    answered_at timestamptz,
    told_phase integer not null,
    closed_at timestamptz,
    -- Why the breach turned out not to touch this agreement; empty where it does.
    dropped_why text not null default '',
    -- By when the later report must be sent that the agreement asks for, and when the first update was.
    report_due_at timestamptz,
    reported_at timestamptz,
    kind text not null default '',
    unique (breach_id, agreement_id)
);
create index breach_case_by_agreement on breach_case (agreement_id);
create index breach_case_by_customer on breach_case (customer_id);

-- Where events are sent to. Its secrets are derived from the id and the generation; nothing of them is stored.
create table webhook (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    url text not null,
    events text[] not null,
    holders text[] not null,
    description text not null,
    generation integer not null check (generation >= 1),
    old_signs_until timestamptz,
    failing_since timestamptz
);
create index webhook_list on webhook (processor_id, id);

-- How far each webhook has come: `cursor` is the last event that it was given, or had no use for. The lease runs in
-- real time, all else by the clock.
create table webhook_feed (
    webhook_id uuid primary key references webhook,
    processor_id uuid not null,
    cursor bigint not null,
    tries integer not null,
    next_at timestamptz not null,
    orders_at timestamptz not null,
    leased_until timestamptz,
    delivered_at timestamptz
);

-- An item of a deletion plan that a system is asked to carry out. `seen` is the version of its subject at the last
-- look, `due_since` when the plan let its order out, `evidence` what the system answered while it could not be
-- written down yet.
create table webhook_order (
    id uuid primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    subject_id uuid not null references subject,
    item_id uuid not null,
    due_since timestamptz,
    state text not null check (state in ('waiting', 'accepted', 'confirmed', 'stopped', 'settled', 'failed')),
    seen integer not null,
    tries integer not null,
    next_at timestamptz,
    made_at timestamptz not null,
    ordered_at timestamptz,
    words text not null,
    evidence text,
    unique (webhook_id, item_id)
);
create index webhook_order_due on webhook_order (webhook_id, next_at) where next_at is not null;
create index webhook_order_by_subject on webhook_order (subject_id);

-- Every attempt at handing something over, with what came of it.
create table webhook_delivery (
    id bigint generated always as identity primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    message_id text not null,
    type text not null,
    subject_id uuid not null,
    at timestamptz not null,
    attempt integer not null,
    outcome text not null check (outcome in ('delivered', 'failed')),
    status integer,
    words text not null,
    took_ms integer not null
);
create index webhook_delivery_list on webhook_delivery (webhook_id, id);
create index webhook_delivery_age on webhook_delivery (at);

-- A test that somebody asked for and waits for: a worker sends it, since the API need have no way out. In real time.
create table webhook_trial (
    id uuid primary key,
    processor_id uuid not null,
    webhook_id uuid not null references webhook,
    at timestamptz not null,
    asked_at timestamptz not null default clock_timestamp(),
    leased_until timestamptz,
    done_at timestamptz,
    status integer,
    words text,
    answer text,
    took_ms integer
);
create index webhook_trial_open on webhook_trial (asked_at) where done_at is null;

-- A data subject's request, as it concerns the processor; known by a reference, never by a name.
create table request (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    kind text not null check (kind in (
        'access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')),
    received_at timestamptz not null,
    received_from text not null check (received_from in ('customer', 'data_subject')),
    channel text check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    controller_received_at timestamptz,
    reference text not null,
    note text not null,
    origin text not null,
    due_at timestamptz,
    original_due_at timestamptz,
    answer_due_at timestamptz,
    written_at timestamptz,
    forwarded_at timestamptz,
    pauses jsonb not null,
    extensions jsonb not null,
    settled_at timestamptz,
    result text not null,
    evidence text not null
);
create index request_list on request (processor_id, id);
create index request_by_arrival on request (processor_id, received_at, id);
create index request_by_agreement on request (agreement_id);
create index request_by_customer on request (customer_id);
create index request_known on request using gin (termijn_parts(processor_id, termijn_plain(reference)))
    with (gin_pending_list_limit = 256);

-- The controller's audit, from its request to its last improvement.
create table audit (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    requested_at timestamptz not null,
    channel text check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    origin text not null,
    indications text not null,
    authority text not null,
    auditor text not null,
    warnings text[] not null,
    planned_on date,
    scope text not null,
    nda_signed_on date,
    nda_evidence text not null,
    reported_at timestamptz,
    certificate text not null,
    findings jsonb not null,
    cost text check (cost in ('controller', 'processor', 'own', 'shared')),
    cost_clause text not null,
    next_from timestamptz,
    closed_at timestamptz,
    result text not null,
    -- How much of the cost the processor bears, in per cent; null while nobody has said.
    cost_share integer
);
create index audit_list on audit (processor_id, id);
create index audit_by_request on audit (processor_id, requested_at, id);
create index audit_by_agreement on audit (agreement_id);
create index audit_by_customer on audit (customer_id);
create index audit_known on audit using gin (termijn_parts(processor_id, termijn_plain(auditor)))
    with (gin_pending_list_limit = 256);

-- What one party asks of, or owes to, the other besides notices, breaches, requests and audits.
create table matter (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    agreement_id uuid not null references agreement,
    customer_id uuid not null references customer,
    kind text not null check (kind in (
        'storage_consent', 'disclosure_consent', 'storage_places', 'authority_message', 'authority_copy',
        'legal_change', 'unlawful_instruction', 'instruction', 'impact_assessment', 'information', 'extra_measures',
        'retention_terms', 'subcontract_copy', 'cannot_comply', 'erasure_or_return')),
    raised_by text not null check (raised_by in ('controller', 'processor')),
    clause text not null,
    subject text not null,
    text text not null,
    country text,
    form text not null check (form in ('any', 'text', 'written')),
    raised_at timestamptz not null,
    channel text check (channel in ('link', 'mail', 'phone', 'letter', 'in_person')),
    origin text not null,
    due_at timestamptz,
    answers jsonb not null,
    outcome text check (outcome in ('consent', 'refuse', 'agree', 'done', 'noted')),
    answered_at timestamptz,
    closed_at timestamptz,
    closed_why text not null,
    -- The last day on which data may be there, and the last until which the law wants them kept, as the customer named them.
    erase_by date,
    keep_until date
);
create index matter_list on matter (processor_id, id);
create index matter_by_agreement on matter (agreement_id);
create index matter_by_customer on matter (customer_id);
create index matter_known on matter using gin (termijn_parts(processor_id, termijn_plain(subject)))
    with (gin_pending_list_limit = 256);

-- What a subprocessor announced to the processor itself.
create table upstream (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    subprocessor_id uuid not null references subprocessor,
    kind text not null check (kind in (
        'add', 'replace', 'remove', 'relocate', 'terms', 'measure', 'breach', 'other')),
    text text not null,
    received_at timestamptz not null,
    effective_on date,
    object_until timestamptz,
    change_id uuid references change,
    earliest timestamptz,
    shortfalls jsonb not null,
    warning text not null,
    answer text check (answer in ('accept', 'object')),
    answered_at timestamptz,
    note text not null,
    closed_at timestamptz
);
create index upstream_list on upstream (processor_id, id);

-- A subprocessor's own list, at an address that is read again and again.
create table watch (
    id uuid primary key references subject,
    processor_id uuid not null references processor,
    subprocessor_id uuid not null references subprocessor,
    url text not null,
    carry_on text not null check (carry_on in ('nothing', 'draft', 'announce')),
    failing_since timestamptz,
    differed_at timestamptz
);
create index watch_list on watch (processor_id, id);

-- What stood there at the last look that succeeded, and when the next one is due; the lease runs in real time.
create table watch_reading (
    watch_id uuid primary key references watch,
    processor_id uuid not null references processor,
    next_at timestamptz not null,
    leased_until timestamptz,
    tries integer not null,
    looked_at timestamptz,
    status integer,
    words text not null default '',
    tag text not null default '',
    modified text not null default '',
    content jsonb,
    -- The announced changes of which it made notices: whatever becomes of its address, none is announced twice.
    seen uuid[] not null default '{}'
);
create index watch_reading_next on watch_reading (next_at, watch_id);

-- One row. Simulated: now is what termijn_now() answers; target is where its driver is going.
create table clock (
    one boolean primary key default true check (one),
    mode text not null check (mode in ('system', 'simulated')),
    now timestamptz,
    target timestamptz,
    -- Since when, as told by which machine, and by how many seconds the clock left the time that truly passed.
    alarm_at timestamptz,
    alarm_by text,
    alarm_seconds double precision,
    check ((mode = 'simulated') = (now is not null)),
    constraint clock_alarm_check
        check ((alarm_at is null) = (alarm_by is null) and (alarm_at is null) = (alarm_seconds is null))
);

-- What the clock said when a machine first looked at it, and that machine's own steady clock, in seconds.
create table clock_witness (
    machine text primary key,
    steady_at double precision not null,
    clock_at timestamptz not null
);

-- When the API last said that it could take answers: in real time, and by the clock.
create table heartbeat (
    one boolean primary key default true check (one),
    beat_at timestamptz not null,
    clock_at timestamptz not null
);

-- When each piece of the workers' work last succeeded, whichever worker did it, in real time: its age is a metric.
create table work_done (
    work text primary key,
    done_at timestamptz not null,
    -- When a worker last said that it does this.
    named_at timestamptz not null default clock_timestamp()
);

-- When customers could not answer (P3), by the clock.
create table outage (
    id bigint generated always as identity primary key,
    began_at timestamptz not null,
    ended_at timestamptz not null,
    check (began_at <= ended_at)
);
create index outage_recent on outage (ended_at);

-- Kept byte for byte as it was made. `facts` is what it was made from, `number` their SHA-256 in hex. Erased by the
-- processor's own retention it keeps its row: number and digest stay, content and facts go.
create table document (
    id uuid primary key,
    processor_id uuid not null references processor,
    subject_id uuid not null references subject,
    kind text not null check (kind in ('declaration', 'signed')),
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    number text not null,
    facts text check (facts is json),
    content bytea,
    sha256 bytea not null,
    made_at timestamptz not null,
    erased_at timestamptz,
    unique (subject_id, kind),
    check ((content is null) = (erased_at is not null) and (facts is null) = (erased_at is not null))
);

-- Agreements that both parties signed and of whose signatures there is no record yet; triggers keep these marks.
create table unrecorded (
    agreement_id uuid primary key references agreement,
    processor_id uuid not null references processor
);

-- A letter that was made of what a mail would say, for somebody to post: its bytes stay as they were made.
create table letter (
    id uuid primary key,
    processor_id uuid not null references processor,
    subject_id uuid not null references subject,
    kind text not null,
    contact_id uuid,
    language text not null check (language in ('nl', 'en', 'de', 'fr')),
    number text not null,
    facts text check (facts is json),
    content bytea,
    sha256 bytea not null,
    made_at timestamptz not null,
    made_by text not null,
    erased_at timestamptz,
    check ((content is null) = (erased_at is not null) and (facts is null) = (erased_at is not null))
);
create index letter_list on letter (processor_id, id);
create index letter_of on letter (subject_id, id);

-- Processors whose rows were erased here once they had been handed over in an archive: what was handed over, by its
-- manifest's digest, stays to be shown. It belongs to the installation, so it names no processor that is there.
create table departure (
    former_id uuid primary key,
    manifest_sha256 bytea not null,
    events bigint not null,
    table_rows bigint not null,
    archived_at timestamptz not null,
    erased_at timestamptz not null
);

-- A Merkle root over the hashes of a processor's events that were committed since the root before it, signed, and
-- chained to that one. At most one a day (UTC): the day that was over when it was made.
create table ledger_root (
    processor_id uuid not null references processor,
    number integer not null check (number >= 1),
    day date not null,
    from_tx bigint not null,
    to_tx bigint not null,
    events integer not null check (events >= 1),
    root bytea not null,
    previous bytea not null,
    signature bytea not null,
    made_at timestamptz not null,
    primary key (processor_id, number),
    unique (processor_id, day)
);

-- What an outside authority said of a daily root (RFC 3161): a token over the SHA-256 of its statement.
create table root_stamp (
    processor_id uuid not null,
    number integer not null,
    token bytea not null,
    stamped_at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (processor_id, number),
    foreign key (processor_id, number) references ledger_root
);

create table migration (
    name text primary key,
    digest bytea not null,
    applied_at timestamptz not null default now()
);

-- The one clock: the database's own time, or the simulated instant.
-- What would happen is found out by letting it happen in a transaction that is then undone. `termijn.foreseen` says which
-- instant it is there; the database itself keeps nothing of such a transaction.
create function termijn_now() returns timestamptz language sql stable security definer
    set search_path = public, pg_temp
    as $$ select coalesce(nullif(current_setting('termijn.foreseen', true), '')::timestamptz,
        (select now from clock where mode = 'simulated'), clock_timestamp()) $$;

create function foreseen_is_not_kept() returns trigger language plpgsql as $$
begin
    raise exception 'what is foreseen is undone, and never kept';
end $$;
create constraint trigger foreseen_is_not_kept after insert on event deferrable initially deferred
    for each row when (current_setting('termijn.foreseen', true) <> '') execute function foreseen_is_not_kept();

-- Which processors this transaction may see.
-- Whether a transaction is an admin's, which it must say.
create function termijn_admin() returns boolean language sql stable
    as $$ select current_setting('termijn.admin', true) is not distinct from 'on' $$;

create function termijn_processors() returns uuid[] language sql stable
    as $$ select coalesce(nullif(current_setting('termijn.processors', true), ''), '{}')::uuid[] $$;

-- Before the tenant is known: who holds this key. Says nothing of revoked ones.
create function termijn_key(secret bytea)
    returns table (id uuid, processor_id uuid, name text, role text) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select k.id, k.processor_id, k.name, k.role from api_key k
          where k.secret_sha256 = secret and k.revoked_at is null $$;

-- Before a write takes its turn: what a subject of these processors belongs to.
create function termijn_belongs_to(owners uuid[], wanted uuid) returns table (kind text, parent_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select s.kind, s.parent_id from subject s where s.id = wanted and s.processor_id = any (owners) $$;

create function termijn_key_used(key uuid, instant timestamptz) returns void language sql security definer
    set search_path = public, pg_temp
    as $$ update api_key set last_used_at = instant where id = key $$;

-- Before the tenant is known: what this link opens. Says nothing of revoked ones.
create function termijn_link(token bytea)
    returns table (id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text,
                   subject_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select l.id, l.processor_id, l.customer_id, l.contact_id, l.purpose, l.subject_id from link l
          where l.token_sha256 = token and l.revoked_at is null $$;

-- Before the tenant is known: the erasure that a link of its own confirmed. It opens nothing any more; the same
-- form sent twice gets the same answer.
create function termijn_spent_link(token bytea)
    returns table (id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text,
                   subject_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select l.id, l.processor_id, l.customer_id, l.contact_id, l.purpose, l.subject_id from link l
          where l.token_sha256 = token and l.revoked_at is not null and l.purpose = 'erasure' $$;

-- Before the tenant is known: the own page that a calendar's address was derived from, which its caller proves.
create function termijn_own_page(wanted uuid)
    returns table (id uuid, processor_id uuid, customer_id uuid, contact_id uuid, purpose text,
                   subject_id uuid, generation integer)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select l.id, l.processor_id, l.customer_id, l.contact_id, l.purpose, l.subject_id, l.generation from link l
          where l.id = wanted and l.purpose = 'contact' and l.revoked_at is null $$;

-- Before the tenant is known: the processor of a public page.
create function termijn_slug(wanted text) returns uuid language sql stable security definer
    set search_path = public, pg_temp
    as $$ select p.id from processor p where p.slug = wanted and p.public $$;

-- Before the tenant is known: the picture that an address names by its digest.
create function termijn_logo(wanted text) returns bytea language sql stable security definer
    set search_path = public, pg_temp
    as $$ select l.content from processor_logo l where l.sha256 = wanted limit 1 $$;

-- Before the tenant is known: whose subscription a link is about.
create function termijn_subscription(wanted uuid) returns table (id uuid, processor_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select s.id, s.processor_id from subscription s where s.id = wanted $$;

-- Before the tenant is known: the processor whose page it is, and whose application a link is about.
create function termijn_joining(wanted text) returns uuid language sql stable security definer
    set search_path = public, pg_temp
    as $$ select p.id from processor p where p.slug = wanted and p.joining is not null $$;
create function termijn_application(wanted uuid) returns table (id uuid, processor_id uuid)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select a.id, a.processor_id from application a where a.id = wanted $$;

-- Before the tenant is known: which message a return path or Message-ID names.
create function termijn_message(wanted uuid)
    returns table (id uuid, processor_id uuid, subject_id uuid, contact_id uuid, counts boolean)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select m.id, m.processor_id, m.subject_id, m.contact_id, m.counts from message m
          where m.id = wanted $$;

-- For an admin's key alone: every processor's id.
create function termijn_all_processors() returns uuid[] language sql stable security definer
    set search_path = public, pg_temp
    as $$ select coalesce(array_agg(p.id order by p.id), '{}') from processor p $$;

-- The first tasks that say these words, after one of them: `most` at most. A million tasks say some hundreds of different
-- things: each is looked at once. Where there are thousands nothing is known: then as many come as may be, without an id.
create function termijn_tasks_saying(owners uuid[], words text, most integer, after uuid) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ with recursive said as (
              select o.id as owner, x.*, 1 as n
              from unnest($1) as o (id)
              cross join lateral (
                  select termijn_task_said(t.text, t.data) as said, termijn_task_words(t.text, t.data) as words
                  from task t
                  where case when t.text is not null then t.processor_id end = any (array[o.id])
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data) limit 1) x
              where o.id = any (termijn_processors())
              union all
              select s.owner, x.*, s.n + 1
              from said s
              cross join lateral (
                  select termijn_task_said(t.text, t.data) as said, termijn_task_words(t.text, t.data) as words
                  from task t
                  where case when t.text is not null then t.processor_id end = any (array[s.owner])
                      and termijn_task_said(t.text, t.data) > s.said
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data) limit 1) x
              where s.n < greatest(2000 / cardinality($1), 1)),
          judged as materialized (select coalesce(max(n), 0) >= greatest(2000 / cardinality($1), 1) as unknown from said)
          (select x.id
              from judged
              cross join said s
              cross join lateral (
                  select t.id from task t
                  where case when t.text is not null then t.processor_id end = any (array[s.owner])
                      and termijn_task_said(t.text, t.data) = s.said
                      and t.id > coalesce($4, '00000000-0000-0000-0000-000000000000')
                  order by case when t.text is not null then t.processor_id end, termijn_task_said(t.text, t.data), t.id
                  limit $3) x
              where not judged.unknown and strpos(s.words, (select termijn_plain($2))) > 0
              order by x.id limit $3)
          union all
          select null from judged, generate_series(1, $3) where judged.unknown $$;

-- The last event of all, whoever asks: behind the last of one processor there may be a million of others.
create function termijn_last_event() returns bigint language sql stable security definer
    set search_path = public, pg_temp
    as $$ select coalesce(max(id), 0) from event $$;

-- Whether anybody is told of what comes up for a processor: its own people, or an admin, whom row-level security shows to
-- no processor.
create function termijn_is_heard(processor uuid) returns boolean language sql stable security definer
    set search_path = public, pg_temp
    as $$ select termijn_anybody(processor)
              or exists (select from app_user u where u.state = 'active' and u.role = 'admin') $$;

-- An admin came or went: what is overdue is looked at again, of every processor for which nobody works. Whoever asks acts
-- for one of them, and sees no other's.
create function termijn_ring_overdue() returns void language sql volatile security definer
    set search_path = public, pg_temp
    as $$ with alone as materialized (select pg_advisory_xact_lock(hashtext('telling')))
          update concern c set next_at = termijn_now()
          from alone, processor p
          cross join lateral (
              select d.id from deadline d
              where d.processor_id = p.id and d.closed_at is null and d.due_at <= termijn_now()
              union all
              select t.id from task t
              where t.processor_id = p.id and t.done_at is null
                  and coalesce(t.due_at, 'infinity') <= termijn_now()) x
          where not termijn_anybody(p.id) and c.id = x.id $$;

-- The customers in whose names these words are, as termijn_plain gives them: `most` at most, and as many where there
-- may be that many. Row-level security lets no array into the condition of an index, so whom it may tell of is asked
-- here. Bitmaps are the only way into such an index.
create function termijn_customers_called(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp set enable_bitmapscan = on
    as $$ with wanted as (select termijn_plain(words) as words)
          select found.id
          from wanted
          cross join unnest(owners) as owner (id)
          cross join lateral (
              select c.id from customer c
              where termijn_grams(c.processor_id, c.name_sort) @> termijn_grams(owner.id, wanted.words)
                  and strpos(c.name_sort, wanted.words) > 0
              limit most) found
          where length(wanted.words) > 2 and owner.id = any (termijn_processors())
          union all
          select c.id from customer c
          where c.processor_id = any (owners) and c.processor_id = any (termijn_processors())
              and c.external_id is not null and termijn_plain(c.external_id) = termijn_plain(words)
          union all
          select null from wanted, generate_series(1, most) where length(wanted.words) <= 2 $$;
create function termijn_customers_numbered(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select c.id from customer c
          where c.processor_id = any (owners) and c.processor_id = any (termijn_processors())
              and c.external_id is not null and termijn_plain(c.external_id) = termijn_plain(words)
          limit most $$;
create function termijn_agreements_numbered(owners uuid[], words text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select a.id from agreement a
          where a.processor_id = any (owners) and a.processor_id = any (termijn_processors())
              and a.external_id is not null and termijn_plain(a.external_id) = termijn_plain(words)
          limit most $$;

-- Those that have a label, `most` of them where it is given.
create function termijn_agreements_labelled(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    set enable_bitmapscan = on
    as $$ select a.id from agreement a
          where a.labels <> '{}' and termijn_labelled(a.processor_id, a.labels) && (
              select array_agg(owner::text || ':' || lower(wanted)) from unnest(owners) owner
              where owner = any (termijn_processors()))
          limit most $$;
create function termijn_customers_labelled(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    set enable_bitmapscan = on
    as $$ select c.id from customer c
          where c.labels <> '{}' and termijn_labelled(c.processor_id, c.labels) && (
              select array_agg(owner::text || ':' || lower(wanted)) from unnest(owners) owner
              where owner = any (termijn_processors()))
          limit most $$;

-- The same by a whole name, as names are compared.
create function termijn_customers_named(owners uuid[], wanted text, most integer) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(owners) as owner (id)
          cross join lateral (
              select c.id from customer c
              where c.processor_id = owner.id and termijn_name_key(c.name) = termijn_name_key(wanted)
              limit most) found
          where owner.id = any (termijn_processors()) $$;

-- The customers that go by one of these names or numbers, as names are compared, now or when they were entered. Whom it
-- may tell of is asked here, since row-level security lets no function into the condition of an index.
create function termijn_customers_entered(owner uuid, names text[], keys text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(names) as wanted (name)
          cross join lateral (
              select id from customer where processor_id = owner and termijn_name_key(name) = wanted.name
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'customer.%'
                  and termijn_name_key(body::json -> 'data' ->> 'name') = wanted.name) found
          where owner = any (termijn_processors())
          union
          select found.id
          from unnest(keys) as wanted (key)
          cross join lateral (
              select id from customer where processor_id = owner and termijn_name_key(external_id) = wanted.key
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'customer.%'
                  and termijn_name_key(body::json -> 'data' -> 'imported' ->> 'key') = wanted.key) found
          where owner = any (termijn_processors()) $$;

-- The agreements that customers have, and those that were entered for them.
create function termijn_agreements_entered(owner uuid, customers uuid[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp
    as $$ select found.id
          from unnest(customers) as wanted (id)
          cross join lateral (
              select a.id
              from (select id, processor_id from agreement where customer_id = wanted.id offset 0) a
              where a.processor_id = owner
              union all
              select subject_id from event
              where processor_id = owner and seq = 1 and type like 'agreement.%'
                  and body::json -> 'data' ->> 'customer_id' = wanted.id::text) found
          where owner = any (termijn_processors())
          group by found.id $$;

-- What may be found by words, as termijn_plain gives them: all that has each of them is among these, and some others may
-- be. A kind of which there may be more than `most` has a row without an id, and so has each where nothing is known.
-- Row-level security lets no array into the condition of an index, so whom it may tell of is asked here.
--
-- A word stands in what a subject has of its own or in what it has of its customer. So each way to part the words between
-- the two is tried, and the side that has few of them says which these are.
create function termijn_sought(owners uuid[], kinds text[], words text[], most integer)
    returns table (kind text, id uuid) language plpgsql stable security definer
    set search_path = public, pg_temp set enable_bitmapscan = on
    as $$
declare
    ours uuid[] := array(select unnest(owners) intersect select unnest(termijn_processors()));
    -- Four that are long leave few enough.
    long text[] := array(select w from unnest(words) w where w <> '' order by length(w) desc, w limit 4);
    under text[] := array(select unnest(kinds) intersect select unnest('{agreement,request,matter,audit}'::text[]));
    theirs text[];
    own text[];
    called uuid[];
    titled uuid[];
    few uuid[];
    one text;
begin
    -- A letter that is searched as two words may be found across two of the things that something is known by.
    if long = '{}' or exists (select from unnest(words) w where strpos(w, ' ') > 0) then
        return query select k, null::uuid from unnest(kinds) k where k = 'customer' or k = any (under);
        return;
    end if;
    if 'customer' = any (kinds) then
        few := array(select x.id from unnest(ours) owner cross join lateral (
            select c.id from customer c
            where termijn_parts(c.processor_id, termijn_customer_words(c.name_sort, c.external_id, c.contacts))
                @> termijn_parts_of(owner, long)
            limit most + 1) x);
        return query select text 'customer', x
            from unnest(case when cardinality(few) > most then array[null::uuid] else few end) x;
    end if;
    for parting in 0 .. (1 << cardinality(long)) - 1 loop
        exit when under = '{}';
        theirs := array(select long[n] from generate_subscripts(long, 1) n where parting & (1 << (n - 1)) > 0);
        own := array(select long[n] from generate_subscripts(long, 1) n where parting & (1 << (n - 1)) = 0);
        titled := null;
        called := null;
        foreach one in array under loop
            few := array_fill(null::uuid, array[most + 1]);
            if own <> '{}' then
                few := case one
                    when 'agreement' then array(select x.id from unnest(ours) owner cross join lateral (
                        select a.id from agreement a
                        where termijn_parts(a.processor_id, termijn_agreement_words(
                                a.terms, a.external_id, null, a.main_contracts)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    when 'request' then array(select x.id from unnest(ours) owner cross join lateral (
                        select r.id from request r
                        where termijn_parts(r.processor_id, termijn_plain(r.reference)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    when 'matter' then array(select x.id from unnest(ours) owner cross join lateral (
                        select m.id from matter m
                        where termijn_parts(m.processor_id, termijn_plain(m.subject)) @> termijn_parts_of(owner, own)
                        limit most + 1) x)
                    else array(select x.id from unnest(ours) owner cross join lateral (
                        select u.id from audit u
                        where termijn_parts(u.processor_id, termijn_plain(u.auditor)) @> termijn_parts_of(owner, own)
                        limit most + 1) x) end;
            end if;
            if theirs <> '{}' and cardinality(few) > most then
                if one = 'agreement' and titled is null then
                    titled := array(select x.id from unnest(ours) owner cross join lateral (
                        select c.id from customer c
                        where termijn_parts(c.processor_id, termijn_customer_title(c.name_sort, c.external_id))
                            @> termijn_parts_of(owner, theirs)
                        limit most + 1) x);
                elsif one <> 'agreement' and called is null then
                    -- By its name alone, which is a part of what the index has.
                    called := array(select x.id from unnest(ours) owner cross join lateral (
                        select c.id from customer c
                        where termijn_parts(c.processor_id, termijn_customer_title(c.name_sort, c.external_id))
                            @> termijn_parts_of(owner, theirs)
                            and not exists (select from unnest(theirs) w where strpos(c.name_sort, w) = 0)
                        limit most + 1) x);
                end if;
                few := case when cardinality(case one when 'agreement' then titled else called end) > most then few
                    when one = 'agreement' then array(select x.id from unnest(titled) c cross join lateral (
                        select a.id from agreement a where a.customer_id = c offset 0) x limit most + 1)
                    when one = 'request' then array(select x.id from unnest(called) c cross join lateral (
                        select r.id from request r where r.customer_id = c offset 0) x limit most + 1)
                    when one = 'matter' then array(select x.id from unnest(called) c cross join lateral (
                        select m.id from matter m where m.customer_id = c offset 0) x limit most + 1)
                    else array(select x.id from unnest(called) c cross join lateral (
                        select u.id from audit u where u.customer_id = c offset 0) x limit most + 1) end;
            end if;
            if cardinality(few) > most then
                under := array_remove(under, one);
                few := array[null::uuid];
            end if;
            return query select one, x from unnest(few) x;
        end loop;
    end loop;
end $$;

-- Rows of one kind, as they are compared with the digests in their events.
-- What releases before 0108 look through the ledger with.
create function termijn_rows(kind text, processor uuid) returns table (id uuid, entity text)
    language plpgsql stable as $$ begin
        return query execute format(
            'select t.id, row_to_json(t)::text from %I t where $1 is null or t.processor_id = $1', kind) using processor;
    end $$;

create function termijn_rows_of(kind text, ids uuid[]) returns table (id uuid, entity text)
    language plpgsql stable as $$ begin
        return query execute format('select t.id, row_to_json(t)::text from %I t where t.id = any ($1)', kind) using ids;
    end $$;

create function termijn_stray(kind text, processor uuid) returns table (id uuid)
    language plpgsql stable as $$ begin
        return query execute format(
            'select t.id from %I t where ($1 is null or t.processor_id = $1)'
            ' and not exists (select from subject s where s.id = t.id and s.kind = $2 and s.processor_id = t.processor_id)'
            ' order by t.id limit 1', kind)
            using processor, kind;
    end $$;

-- Before the tenant is known: whose calendar this is. Says nothing of revoked keys.
create function termijn_feed(key uuid)
    returns table (feed integer, processors uuid[]) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select k.feed,
            case when k.processor_id is null then termijn_all_processors() else array[k.processor_id] end
          from api_key k where k.id = key and k.feed > 0 and k.revoked_at is null $$;

-- Before the tenant is known: whose session this is. Says nothing of one that ended, or whose user was removed.
create function termijn_session(secret bytea)
    returns table (id uuid, user_id uuid, processor_id uuid, name text, email text, role text, language text,
                   chosen_id uuid, signed_in_at timestamptz, real_now timestamptz, processors uuid[])
    language sql volatile security definer set search_path = public, pg_temp
    as $$ select s.id, u.id, u.processor_id, u.name, u.email, u.role, u.language, s.chosen_id, s.signed_in_at,
            clock_timestamp(),
            case when u.processor_id is null then termijn_all_processors() else array[u.processor_id] end
          from user_session s join app_user u on u.id = s.user_id
          where s.secret_sha256 = secret and s.ended_at is null and s.ends_at > clock_timestamp()
            and u.state = 'active' $$;

-- Before the tenant is known: who may sign in with this address; one for each processor, and an admin.
create function termijn_users_at(address text) returns table (id uuid, processor_id uuid, language text)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select u.id, u.processor_id, u.language from app_user u
          where lower(u.email) = lower(address) and u.state = 'active' $$;

-- Before the tenant is known: whom a link lets in. Says nothing of one that was used or is too old.
create function termijn_user_link(wanted uuid)
    returns table (id uuid, user_id uuid, processor_id uuid, name text, language text, back text)
    language sql volatile security definer set search_path = public, pg_temp
    as $$ select l.id, u.id, u.processor_id, u.name, u.language, l.back
          from user_link l join app_user u on u.id = l.user_id
          where l.id = wanted and l.used_at is null and l.ends_at > clock_timestamp() and u.state = 'active' $$;

-- What belongs to a customer, itself included: its agreements and what stands under them, and its notices.
create function termijn_belongs(wanted uuid) returns setof uuid language sql stable
    as $$ select wanted
          union select a.id from agreement a where a.customer_id = wanted
          union select n.id from notice n where n.customer_id = wanted
          union select s.id from agreement a join subject s on s.parent_id = a.id
              and s.kind not in ('notice', 'task')
          where a.customer_id = wanted $$;

-- What a process of the release before writes: words without a reason. Goes once no such process is left.
create function end_reason_of(words text) returns text language sql immutable
    as $body$ select case words
        when $$the agreement ended$$ then 'agreement_ended'
        when $$the agreement was not in force yet$$ then 'agreement_not_in_force'
        when $$the change ended$$ then 'change_ended'
        when $$the change was withdrawn$$ then 'change_withdrawn'
        when $$consent had been taken back in time$$ then 'consent_taken_back'
        when $$consent was withdrawn, and it stopped at once$$ then 'consent_revoked'
        when $$the data are gone$$ then 'data_gone'
        when $$the notice it rested on was never received$$ then 'never_received'
        when $$the customer had objected in time$$ then 'objected_in_time'
        when $$the objection was upheld$$ then 'objection_upheld'
        when $$the place became known$$ then 'place_known'
        when $$the customer had refused in time$$ then 'refused_in_time'
        when $$replaced$$ then 'replaced'
        when $$the services that it was for ended$$ then 'service_ended'
        when $$the subprocessor was removed$$ then 'subprocessor_removed'
    end $body$;
create function engagement_end_reason() returns trigger language plpgsql
    as $$ begin new.end_reason := end_reason_of(new.ended_why); return new; end $$;
create trigger engagement_end_reason before insert or update of ended_why on engagement
    for each row when (new.ended_why is not null and new.end_reason is null)
    execute function engagement_end_reason();

-- Processes of the release before know nothing of `joined`, and would put such an agreement in force by its day, with the
-- customer's signature alone, or take the last signature and set nothing that begins it. Until they have stopped, what
-- they write of either is refused as something to be tried again, which a process of this release then does. They are
-- told by what they write: a statement that names `joined` is of a process that knows it. Goes one release later.
create function agreement_joined_known() returns trigger language plpgsql
    as $$ begin perform set_config('termijn.joined_known', new.id::text, true); return new; end $$;
create function agreement_joined_unknown() returns trigger language plpgsql
    as $$ begin
        if coalesce(current_setting('termijn.joined_known', true), '') <> new.id::text then
            raise exception using errcode = 'object_not_in_prerequisite_state',
                message = 'agreement ' || new.id || ' came by the page for new customers, which this release does not know';
        end if;
        perform set_config('termijn.joined_known', '', true);
        return new;
    end $$;
-- In the order of their names.
create trigger agreement_joined_a_known before update of joined on agreement
    for each row when (new.joined) execute function agreement_joined_known();
create trigger agreement_joined_b_unknown before update on agreement
    for each row when (new.joined and (new.in_force_since, new.signatures)
        is distinct from (old.in_force_since, old.signatures))
    execute function agreement_joined_unknown();
create function agreement_signatures_mark() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        if new.signatures @> '[{"party": "controller"}, {"party": "processor"}]' then
            insert into unrecorded (agreement_id, processor_id)
            select new.id, new.processor_id
            where not exists (select from document where subject_id = new.id and kind = 'signed')
                and not exists (select from customer where id = new.customer_id and erased_at is not null)
            on conflict do nothing;
        else
            delete from unrecorded where agreement_id = new.id;
        end if;
        return null;
    end $$;
create function record_unmarks() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin delete from unrecorded where agreement_id = new.subject_id; return null; end $$;
create function erasure_unmarks() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        delete from unrecorded u using agreement a where a.id = u.agreement_id and a.customer_id = new.id;
        return null;
    end $$;
create trigger agreement_signed_at_birth after insert on agreement
    for each row when (new.signatures <> '[]') execute function agreement_signatures_mark();
create trigger agreement_signed after update on agreement
    for each row when (new.signatures is distinct from old.signatures) execute function agreement_signatures_mark();
create trigger document_records after insert on document
    for each row when (new.kind = 'signed') execute function record_unmarks();
create trigger customer_erased after update on customer
    for each row when (new.erased_at is not null and old.erased_at is null) execute function erasure_unmarks();

-- Processes of the first release name no columns when they insert, so what they do not know is null there, not its
-- default. Goes once no such process is left.
create function breach_case_filled() returns trigger language plpgsql
    as $$ begin new.dropped_why := ''; return new; end $$;
create trigger breach_case_filled before insert on breach_case
    for each row when (new.dropped_why is null) execute function breach_case_filled();

do $$
declare
    counting text := 'insert into notice_tally (processor_id, change_id, state, outcome, count, running, engaged,
            holding, waiting, told, received, answered)
        select processor_id, change_id, state, outcome, count, running, engaged, holding, waiting, told, received, answered
        from (
            select x.processor_id, x.change_id, x.state, x.outcome, sum(x.sign) as count,
                sum(x.sign * x.running::integer) as running,
                sum(x.sign * (x.engaged_at is not null)::integer) as engaged,
                sum(x.sign * x.holding::integer) as holding,
                sum(x.sign * (x.holding and (x.rule = ''consent''
                    or x.rule = ''information'' and x.received_at is not null))::integer) as waiting,
                sum(x.sign * (x.sent_at is not null)::integer) as told,
                sum(x.sign * (x.received_at is not null)::integer) as received,
                sum(x.sign * (x.answers <> ''[]'')::integer) as answered
            from (
                select *, tags && ''{live}'' and engaged_at is null and engages_at is null as holding from (%s) n) x
            group by x.processor_id, x.change_id, x.state, x.outcome) t
        where (count, running, engaged, holding, waiting, told, received, answered) <> (0, 0, 0, 0, 0, 0, 0, 0)';
    standing text := 'select %s as sign, n.*, s.state, s.tags from %s n
        cross join lateral (select state, tags from subject where id = n.id offset 0) s';
begin
    execute format('create function notice_counted() returns trigger language plpgsql as $f$ begin %s; return null; end $f$',
        format(counting, format(standing, '1', 'came')));
    execute format('create function notice_recounted() returns trigger language plpgsql as $f$ begin %s; return null; end $f$',
        format(counting, format(standing, '-1', 'went') || ' union all ' || format(standing, '1', 'came')));
    execute format('create function notice_moved() returns trigger language plpgsql as $f$ begin
            if exists (select from came where kind = ''notice'') then %s; end if; return null; end $f$',
        format(counting, 'select w.sign, n.*, w.state, w.tags from (
                select -1 as sign, id, kind, state, tags from went union all select 1, id, kind, state, tags from came) w
            cross join lateral (select * from notice where id = w.id offset 0) n
            where w.kind = ''notice'''));
end $$;

-- A subject moves before its row is written: each is counted as it stands by then.
create trigger notice_counted after insert on notice
    referencing new table as came for each statement execute function notice_counted();
create trigger notice_recounted after update on notice
    referencing old table as went new table as came for each statement execute function notice_recounted();
create trigger notice_moved after update on subject
    referencing old table as went new table as came for each statement execute function notice_moved();

create function ledger_is_append_only() returns trigger language plpgsql
    as $$ begin raise exception 'the ledger is append-only: % on % refused', tg_op, tg_table_name
          using errcode = 'restrict_violation'; end $$;
create function event_of_change() returns trigger language plpgsql
    as $$ begin
        select case s.kind when 'change' then s.id when 'notice' then s.parent_id when 'task' then (
            select case p.kind when 'change' then p.id when 'notice' then p.parent_id end
            from subject p where p.id = s.parent_id) end
        into new.change_id from subject s where s.id = new.subject_id;
        return new;
    end $$;
create trigger event_of_change before insert on event
    for each row when (new.change_id is null) execute function event_of_change();
create trigger event_no_change before update or delete on event
    for each row execute function ledger_is_append_only();
create trigger event_no_truncate before truncate on event
    for each statement execute function ledger_is_append_only();

create function document_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null or new.facts is not null
            or (new.id, new.processor_id, new.subject_id, new.kind, new.language, new.number, new.sha256, new.made_at)
                is distinct from (old.id, old.processor_id, old.subject_id, old.kind, old.language, old.number,
                    old.sha256, old.made_at) then
            raise exception 'a document stays as it was made: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
create trigger document_no_change before update or delete on document
    for each row execute function document_stays();
create function letter_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null or new.facts is not null
            or (new.id, new.processor_id, new.subject_id, new.kind, new.contact_id, new.language, new.number,
                    new.sha256, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.subject_id, old.kind, old.contact_id, old.language,
                    old.number, old.sha256, old.made_at, old.made_by) then
            raise exception 'a letter stays as it was made: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
create trigger letter_no_change before update or delete on letter
    for each row execute function letter_stays();
create function file_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'UPDATE' or new.content is not null
            or (new.id, new.processor_id, new.sha256, new.type, new.size, new.origin, new.made_at, new.made_by)
                is distinct from (old.id, old.processor_id, old.sha256, old.type, old.size, old.origin, old.made_at,
                    old.made_by)
            or new.erased_at is null and new.name <> old.name
            or old.erased_at is not null and new.erased_at is null
            or new.erased_at is not null and new.object_id is distinct from old.object_id
            or old.removed_at is not null and new.removed_at is distinct from old.removed_at
            or old.claimed_at is not null and new.claimed_at is distinct from old.claimed_at then
            raise exception 'a file stays as it was received: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        if new.erased_at is not null and old.erased_at is null then
            new.altered_at := null;
            -- The store may have bytes still: of before it was moved, or of an upload that came twice.
            if new.object_id is null and not exists (select from file_object where file_id = new.id) then
                new.removed_at := new.erased_at;
            end if;
        end if;
        return new;
    end $$;
create trigger file_no_change before update or delete on file
    for each row execute function file_stays();
create function file_part_stays() returns trigger language plpgsql
    as $$ begin
        if tg_op <> 'DELETE' or not exists (
            select from file where id = old.file_id and (erased_at is not null or object_id is not null)) then
            raise exception 'a part of a file stays: % refused', tg_op using errcode = 'restrict_violation';
        end if;
        return old;
    end $$;
create trigger file_part_no_change before update or delete on file_part
    for each row execute function file_part_stays();
-- Erased, bytes go at once wherever they lie. Moved, those of before go: from the store an hour later, so that whoever
-- reads them has them to the end.
create function file_empties() returns trigger language plpgsql security definer
    set search_path = public, pg_temp
    as $$ begin
        if new.erased_at is not null or new.object_id is not null then
            delete from file_part where file_id = new.id;
        end if;
        if new.erased_at is not null then
            -- Not at once: what is on its way there now is there by then.
            update file_object set due_at = least(due_at, clock_timestamp() + interval '10 minutes'),
                next_at = least(next_at, clock_timestamp() + interval '10 minutes')
            where file_id = new.id;
        end if;
        if old.object_id is not null then
            insert into file_object (id, processor_id, file_id, due_at, next_at)
            select old.object_id, new.processor_id, new.id, go.at, go.at
            from (select clock_timestamp() + case when new.erased_at is null then interval '1 hour' else interval '0' end)
                as go (at);
        end if;
        return null;
    end $$;
create trigger terms_text_no_change before update or delete on terms_text
    for each row execute function ledger_is_append_only();
create trigger file_emptied after update on file
    for each row when (new.erased_at is not null and old.erased_at is null
        or new.object_id is distinct from old.object_id)
    execute function file_empties();
create trigger departure_no_change before update or delete on departure
    for each row execute function ledger_is_append_only();
create trigger departure_no_truncate before truncate on departure
    for each statement execute function ledger_is_append_only();
create trigger disclosure_no_change before update or delete on disclosure
    for each row execute function ledger_is_append_only();
create trigger ledger_root_no_change before update or delete on ledger_root
    for each row execute function ledger_is_append_only();
create trigger ledger_root_no_truncate before truncate on ledger_root
    for each statement execute function ledger_is_append_only();
create trigger root_stamp_no_change before update or delete on root_stamp
    for each row execute function ledger_is_append_only();
create trigger root_stamp_no_truncate before truncate on root_stamp
    for each statement execute function ledger_is_append_only();

-- What keys are called, for documents that say who confirmed something: whoever has the id saw it in an event.
create function termijn_key_names(ids uuid[]) returns table (id uuid, name text) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select k.id, k.name from api_key k where k.id = any (ids) $$;

-- Before the tenant is known: whose calendar this is. Says nothing of users who were removed.
create function termijn_user_feed(wanted uuid)
    returns table (feed integer, processors uuid[]) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select u.feed,
            case when u.processor_id is null then termijn_all_processors() else array[u.processor_id] end
          from app_user u where u.id = wanted and u.feed > 0 and u.state = 'active' $$;

-- As termijn_key_names, of users.
create function termijn_user_names(ids uuid[]) returns table (id uuid, name text) language sql stable security definer
    set search_path = public, pg_temp
    as $$ select u.id, u.name from app_user u where u.id = any (ids) $$;
-- The customer, and the agreement, that a subject is about; null for what is about none or about several.
create function termijn_agreement_of(wanted uuid) returns uuid language sql stable
    as $$ select coalesce(
        (select a.id from agreement a where a.id = wanted), (select n.agreement_id from notice n where n.id = wanted),
        (select k.agreement_id from breach_case k where k.id = wanted),
        (select r.agreement_id from request r where r.id = wanted),
        (select u.agreement_id from audit u where u.id = wanted),
        (select m.agreement_id from matter m where m.id = wanted)) $$;
create function termijn_customer_of(wanted uuid) returns uuid language sql stable
    as $$ select coalesce(
        (select a.customer_id from agreement a where a.id = termijn_agreement_of(wanted)),
        (select c.id from customer c where c.id = wanted)) $$;

-- Row-level security: the second lock under the queries' own conditions.
-- The inner select is evaluated once a statement instead of once a row. As `processor_id = any (...)` it would be a
-- condition of an index too, and could lead through all that a processor has.
do $$
declare name text;
begin
    foreach name in array array[
        'processor', 'subject', 'customer', 'subprocessor', 'agreement', 'announcement', 'change', 'notice',
        'task', 'engagement', 'event', 'personal', 'timer', 'deadline', 'message', 'attempt', 'link', 'inbound',
        'fan_out', 'breach', 'breach_case', 'request', 'audit', 'matter', 'document', 'letter', 'file', 'file_part', 'file_object', 'file_use', 'terms_text',
        'ledger_root', 'root_stamp', 'webhook', 'webhook_feed', 'webhook_order',
        'webhook_delivery', 'webhook_trial', 'disclosure', 'subscription', 'subscription_mail', 'subscription_told', 'subscription_asked', 'application', 'concern', 'told',
        'chat', 'chat_post', 'chat_line', 'processor_logo', 'notice_tally', 'unrecorded',
        -- the kinds that came last:
        'upstream', 'watch', 'watch_reading'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
    foreach name in array array['terms_version', 'api_key', 'idempotency', 'app_user', 'user_link', 'user_session', 'user_mail'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
do $$
declare name text;
begin
    foreach name in array array['app_user', 'user_link', 'user_session', 'user_mail'] loop
        execute format('create policy tenant on %I to termijn_api using ('
            'processor_id = any ((select termijn_processors())::uuid[]) '
            'or processor_id is null and (select termijn_admin()))', name);
    end loop;
end $$;
-- What belongs to no processor is an admin's to write, and everyone's terms are there to be read.
create policy tenant on api_key to termijn_api using (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
create policy tenant on idempotency to termijn_api using (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
create policy tenant on terms_version for select to termijn_api using (
    processor_id is null or processor_id = any ((select termijn_processors())::uuid[]));
create policy written on terms_version for insert to termijn_api with check (
    processor_id = any ((select termijn_processors())::uuid[])
    or processor_id is null and (select termijn_admin()));
create function clock_is_the_admins() returns trigger language plpgsql
    as $$ begin raise exception 'the clock is an admin''s to set' using errcode = 'insufficient_privilege'; end $$;
create trigger clock_set before update on clock
    for each row when (current_user = 'termijn_api' and not termijn_admin()) execute function clock_is_the_admins();

grant usage on schema public to termijn_api, termijn_worker;
grant select, insert, update on
    processor, subject, customer, subprocessor, agreement, announcement, change, notice, task, engagement, deadline,
    message, link, inbound, fan_out, api_key, heartbeat, breach, breach_case, request, audit,
    matter, upstream, watch, watch_reading
    to termijn_api, termijn_worker;
grant select, insert, update, delete on timer, idempotency to termijn_api, termijn_worker;
grant select, insert on event, terms_version, attempt, outage to termijn_api, termijn_worker;
-- A mail server's words may name a person: they go with the rest of what is personal.
grant update (words) on attempt to termijn_api, termijn_worker;
grant select, insert, delete on personal to termijn_api, termijn_worker;
grant select, update on clock to termijn_api, termijn_worker;
grant select on migration to termijn_api, termijn_worker;
grant select on departure to termijn_worker;
grant select, insert, update on webhook, webhook_feed, webhook_order, webhook_trial to termijn_api, termijn_worker;
grant select, insert on webhook_delivery to termijn_api, termijn_worker;
grant delete on webhook_delivery, webhook_trial to termijn_worker;
grant select on mailbox, mailbox_apart, work_done to termijn_api;
grant select, insert, update, delete on work_done to termijn_worker;
grant select, insert, update, delete on mailbox, mailbox_apart to termijn_worker;
grant select, insert, delete on clock_witness to termijn_api, termijn_worker;
grant select, insert on document, letter, ledger_root, root_stamp, disclosure to termijn_api, termijn_worker;
grant select, insert, update on subscription, subscription_mail, application to termijn_api, termijn_worker;
grant delete on application to termijn_worker;
grant select, insert on subscription_told to termijn_worker;
grant select, insert, update, delete on subscription_asked to termijn_api, termijn_worker;
grant select, insert on notice_tally to termijn_api, termijn_worker;
grant delete on notice_tally to termijn_worker;
grant select on unrecorded to termijn_api, termijn_worker;
grant select, insert, update on concern, told to termijn_api, termijn_worker;
grant select, insert, update, delete on chat, processor_logo to termijn_api, termijn_worker;
grant select, insert, update on chat_post, chat_line to termijn_api, termijn_worker;
grant select, insert, update on app_user, user_link, user_session, user_mail to termijn_api, termijn_worker;
grant delete on user_mail, user_session, user_link to termijn_worker;
grant update (content, facts, erased_at) on document, letter to termijn_api, termijn_worker;
grant select, insert on file to termijn_api, termijn_worker;
grant update (content, name, erased_at, claimed_at) on file to termijn_api, termijn_worker;
grant update (altered_at) on file to termijn_api, termijn_worker;
grant update (object_id, removed_at) on file to termijn_worker;
grant select, insert, update, delete on file_object to termijn_api, termijn_worker;
grant select, insert on file_part, file_use, terms_text to termijn_api, termijn_worker;
grant update (erased_at) on file_use to termijn_api, termijn_worker;
revoke execute on function termijn_subscription(uuid) from public;
grant execute on function termijn_subscription(uuid) to termijn_api, termijn_worker;
revoke execute on function termijn_joining(text), termijn_application(uuid) from public;
grant execute on function termijn_joining(text), termijn_application(uuid) to termijn_api, termijn_worker;
revoke execute on function termijn_logo(text) from public;
grant execute on function termijn_logo(text) to termijn_api;
revoke execute on function termijn_customers_called(uuid[], text, integer),
    termijn_customers_named(uuid[], text, integer), termijn_agreements_numbered(uuid[], text, integer),
    termijn_customers_numbered(uuid[], text, integer),
    termijn_agreements_labelled(uuid[], text, integer), termijn_customers_labelled(uuid[], text, integer),
    termijn_tasks_saying(uuid[], text, integer, uuid), termijn_last_event(),
    termijn_sought(uuid[], text[], text[], integer) from public;
grant execute on function termijn_customers_called(uuid[], text, integer),
    termijn_customers_named(uuid[], text, integer), termijn_agreements_numbered(uuid[], text, integer),
    termijn_customers_numbered(uuid[], text, integer),
    termijn_agreements_labelled(uuid[], text, integer), termijn_customers_labelled(uuid[], text, integer),
    termijn_tasks_saying(uuid[], text, integer, uuid), termijn_last_event(),
    termijn_sought(uuid[], text[], text[], integer) to termijn_api, termijn_worker;
revoke execute on function termijn_customers_entered(uuid, text[], text[]), termijn_agreements_entered(uuid, uuid[])
    from public;
grant execute on function termijn_customers_entered(uuid, text[], text[]), termijn_agreements_entered(uuid, uuid[])
    to termijn_api, termijn_worker;
revoke execute on function termijn_belongs_to(uuid[], uuid) from public;
grant execute on function termijn_belongs_to(uuid[], uuid) to termijn_api;
revoke execute on function termijn_is_heard(uuid) from public;
grant execute on function termijn_is_heard(uuid) to termijn_api, termijn_worker;
revoke execute on function termijn_ring_overdue() from public;
grant execute on function termijn_ring_overdue() to termijn_api, termijn_worker;
revoke execute on function termijn_feed(uuid) from public;
grant execute on function termijn_feed(uuid) to termijn_api;
revoke execute on function termijn_session(bytea), termijn_users_at(text), termijn_user_link(uuid) from public;
grant execute on function termijn_session(bytea), termijn_users_at(text), termijn_user_link(uuid) to termijn_api;
revoke execute on function termijn_user_feed(uuid) from public;
grant execute on function termijn_user_feed(uuid) to termijn_api;
revoke execute on function termijn_user_names(uuid[]) from public;
grant execute on function termijn_user_names(uuid[]) to termijn_api, termijn_worker;
revoke execute on function termijn_key_names(uuid[]) from public;
grant execute on function termijn_key_names(uuid[]) to termijn_api, termijn_worker;
revoke execute on function termijn_spent_link(bytea), termijn_own_page(uuid) from public;
grant execute on function termijn_spent_link(bytea), termijn_own_page(uuid) to termijn_api, termijn_worker;
revoke execute on function termijn_key(bytea), termijn_key_used(uuid, timestamptz), termijn_link(bytea),
    termijn_slug(text), termijn_message(uuid), termijn_all_processors() from public;
grant execute on function termijn_key(bytea), termijn_key_used(uuid, timestamptz), termijn_link(bytea),
    termijn_slug(text), termijn_message(uuid), termijn_all_processors() to termijn_api, termijn_worker;

-- What the API shows of a subject: its row as JSON with its state, and what else belongs to it.
-- security_invoker: whoever reads a view sees through it only the rows of their own processors.
create view customer_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.name, c.country, c.language, c.role, c.manager_id,
    (select u.name from app_user u where u.id = c.manager_id) as manager_name,
    (select u.name from app_user u where u.id = c.deputy_id) as deputy_name,
    c.external_id
from customer c join subject s on s.id = c.id;

create view subprocessor_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.name, u.country, u.external_id
from subprocessor u join subject s on s.id = u.id;

create view agreement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    a.customer_id, a.terms, a.terms_version, a.terms_version_id, t.document -> 'ending' ->> 'in_force_until' as in_force_until,
    (t.document -> 'ending')::text as ending,
    (select coalesce(json_agg(json_build_object(
            'id', d.id, 'subject', d.subject_id, 'rule', d.rule, 'key', d.key, 'text', d.text,
            'due_at', d.due_at, 'last_day', d.last_day, 'clause', d.clause, 'party', d.party,
            'boundary', d.boundary) order by d.due_at, d.id), '[]')::text
        from (select * from deadline where agreement_id = a.id offset 0) d where d.closed_at is null) as deadlines,
    a.external_id
from agreement a
join subject s on s.id = a.id
join terms_version t on t.id = a.terms_version_id;

create view change_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.kind, c.subprocessor_id,
    (select coalesce(json_agg(json_build_object(
            'state', x.state, 'count', x.count, 'outcome', x.outcome, 'running', x.running, 'engaged', x.engaged,
            'go_live_at', x.go_live_at, 'waiting', x.waiting)), '[]')::text
        from (
            select t.state, t.outcome, sum(t.count) as count, sum(t.running) as running, sum(t.engaged) as engaged,
                sum(t.waiting) as waiting,
                (select coalesce(n.engaged_at, n.engages_at) from notice n
                    where n.change_id = c.id and coalesce(n.engaged_at, n.engages_at) is not null
                    order by n.change_id, coalesce(n.engaged_at, n.engages_at) limit 1) as go_live_at
            from notice_tally t
            where t.change_id = c.id
            group by t.state, t.outcome
            having sum(t.count) <> 0
        ) x) as notices,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from (select * from fan_out where change_id = c.id
            union all select * from fan_out where announcement_id = c.announcement_id and change_id is distinct from c.id) f
        where f.kind = 'announce') as told
from change c join subject s on s.id = c.id;

create view notice_shown with (security_invoker) as
select n.id, n.processor_id, row_to_json(n)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    n.change_id, n.agreement_id, n.customer_id, n.rule, n.outcome,
    (select coalesce(json_agg(json_build_object(
            'message_id', m.id, 'kind', m.kind, 'contact_id', m.contact_id, 'to', m.address, 'at', t.at,
            'outcome', t.outcome, 'code', t.code, 'words', t.words) order by t.at, t.id), '[]')::text
        from message m join attempt t on t.message_id = m.id
        where m.subject_id = n.id) as attempts
from notice n join subject s on s.id = n.id;

create view task_shown with (security_invoker) as
select t.id, t.processor_id, row_to_json(t)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    t.about, t.about_kind, t.kind, t.owner, t.role, t.due_at,
    t.done_at is null and coalesce(t.due_at <= termijn_now(), false) as overdue
from task t join subject s on s.id = t.id;

grant select on customer_shown, subprocessor_shown, agreement_shown, change_shown, notice_shown, task_shown
    to termijn_api, termijn_worker;

create view breach_shown with (security_invoker) as
select b.id, b.processor_id, row_to_json(b)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    b.subprocessor_id, (select coalesce(json_agg(json_build_object(
            'id', k.id, 'state', ks.state, 'customer', c.name, 'terms', a.terms,
            'terms_version_id', a.terms_version_id, 'contacts', c.contacts,
            'case', row_to_json(k)) order by k.id), '[]')::text
        from breach_case k
        join subject ks on ks.id = k.id
        join agreement a on a.id = k.agreement_id
        join customer c on c.id = a.customer_id
        where k.breach_id = b.id) as cases
from breach b join subject s on s.id = b.id;

grant select on breach_shown to termijn_api, termijn_worker;

-- Outages as far back as one can still concern a window, which an objection keeps from closing, and the one under way, if
-- the API has not been heard of for half a minute of real time.
create view recent_outage with (security_invoker) as
select began_at, ended_at from outage where ended_at >= termijn_now() - interval '1 year'
union all
select clock_at, termijn_now() from heartbeat
where beat_at < clock_timestamp() - interval '30 seconds' and clock_at < termijn_now();
grant select on recent_outage to termijn_api, termijn_worker;

create view announcement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    (select coalesce(json_agg(json_build_object('id', c.id, 'kind', c.kind, 'state', cs.state, 'notices', (
            select coalesce(json_object_agg(x.state, x.count), '{}') from (
                select t.state, sum(t.count) as count from notice_tally t
                where t.change_id = c.id group by t.state having sum(t.count) <> 0) x)) order by array_position(a.changes, c.id)), '[]')::text
        from change c join subject cs on cs.id = c.id where c.id = any (a.changes)) as bundled,
    (select json_build_object('done', sum(f.done), 'total', sum(f.total), 'finished', bool_and(f.finished_at is not null))::text
        from fan_out f where f.announcement_id = a.id) as told
from announcement a join subject s on s.id = a.id;

grant select on announcement_shown to termijn_api, termijn_worker;

create view request_shown with (security_invoker) as
select r.id, r.processor_id, row_to_json(r)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    r.agreement_id, r.customer_id, r.kind, r.received_from
from request r join subject s on s.id = r.id;

create view audit_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.agreement_id, u.customer_id, (t.document -> 'audit')::text as rules
from audit u
join subject s on s.id = u.id
join agreement a on a.id = u.agreement_id
join terms_version t on t.id = a.terms_version_id;

grant select on request_shown, audit_shown to termijn_api, termijn_worker;

create view matter_shown with (security_invoker) as
select m.id, m.processor_id, row_to_json(m)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    m.agreement_id, m.customer_id, m.kind, m.raised_by, m.outcome
from matter m join subject s on s.id = m.id;

create view upstream_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.subprocessor_id, u.kind
from upstream u join subject s on s.id = u.id;

grant select on matter_shown, upstream_shown to termijn_api, termijn_worker;

create view watch_shown with (security_invoker) as
select w.id, w.processor_id, row_to_json(w)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    w.subprocessor_id, r.looked_at, r.status, coalesce(r.words, '') as words, coalesce(r.tries, 0) as tries,
    case when s.open then r.next_at end as next_at, r.content ->> 'form' as form
from watch w join subject s on s.id = w.id left join watch_reading r on r.watch_id = w.id;
grant select on watch_shown to termijn_api, termijn_worker;

insert into clock (mode) values ('system');
