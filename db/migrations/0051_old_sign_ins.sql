-- Links that let people in, sessions, and the mails with links go once they are old.
grant delete on user_mail, user_session, user_link to termijn_worker;
create index user_link_ends on user_link (ends_at);
create index user_session_ends on user_session (ends_at);
create index user_mail_link on user_mail (link_id) where link_id is not null;
