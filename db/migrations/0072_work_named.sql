-- When a worker last said that it does this work: what none does any more is forgotten after a day, what fails is not.
alter table work_done add column named_at timestamptz not null default clock_timestamp();
grant delete on work_done to termijn_worker;
