-- What a processor types may be given in each language; the text beside it is what stands where one lacks.
alter table subprocessor add column service_in jsonb not null default '{}';
alter table subprocessor add column categories_in jsonb not null default '{}';
alter table change add column reason_in jsonb not null default '{}';
alter table change add column withdrawn_why_in jsonb not null default '{}';
alter table breach add column summary_in jsonb not null default '{}';
alter table breach add column categories_in jsonb not null default '{}';
alter table breach add column conclusion_in jsonb not null default '{}';
