-- Words by which a processor groups its customers, agreements and subprocessors. The views that list these stay as they
-- are: what a running process has prepared for one would fail once it had another column.
alter table customer add column labels text[] not null default '{}';

-- commit
alter table subprocessor add column labels text[] not null default '{}';

-- commit
alter table agreement add column labels text[] not null default '{}';
