-- Kinds of breach with clocks of their own, and a later report.
alter table breach add column kind text not null default '';
alter table breach_case add column report_due_at timestamptz, add column reported_at timestamptz;
