-- When each piece of the workers' work last succeeded, whichever worker did it, in real time: its age is a metric.
create table work_done (
    work text primary key,
    done_at timestamptz not null
);
grant select on work_done to termijn_api;
grant select, insert, update on work_done to termijn_worker;
