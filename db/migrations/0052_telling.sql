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
    unique (concern_id, user_id, occasion)
);
create index told_next on told (next_at, id) where next_at is not null;
create index told_user on told (user_id, mail_id);

-- Whether anybody works for a processor who can be told of something.
create function termijn_anybody(processor uuid) returns boolean language sql stable
    as $$ select exists (
        select from app_user u
        where u.processor_id = processor and u.state = 'active' and u.role in ('director', 'manager')) $$;

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

do $$
declare name text;
begin
    foreach name in array array['concern', 'told'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy tenant on %I to termijn_api using '
            '(array_position((select termijn_processors()), processor_id) is not null)', name);
        execute format('create policy worker on %I to termijn_worker using (true)', name);
        execute format('create policy owner on %I to current_user using (true)', name);
    end loop;
end $$;
grant select, insert, update on concern, told to termijn_api, termijn_worker;
