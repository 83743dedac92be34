-- A place that nobody has said is unknown: null, shown as not stated, and asked for.
alter table subprocessor alter column country drop not null;
alter table engagement alter column country drop not null;
