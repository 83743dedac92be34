-- What customers were told of a change, as the records stood then: later edits of the records change nothing of it.
alter table change add column announced jsonb not null default '[]';
-- The text of its change that a customer was told first.
alter table notice add column first_revision integer not null default 1;
