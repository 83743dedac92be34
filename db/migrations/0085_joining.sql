-- A text of agreements may be made of the terms themselves: of which document of rules, and in which language.
alter table terms_text add column made_of bytea;
alter table terms_text add column language text check (language in ('nl', 'en', 'de', 'fr'));
alter table terms_text add constraint terms_text_made check ((made_of is null) = (language is null));

-- commit
-- The page on which a stranger becomes a customer: under which terms, and in which languages. Null: there is none.
alter table processor add column joining jsonb;

-- commit
-- The customer came by that page: in force no sooner than both parties have signed.
alter table agreement add column joined boolean not null default false;
