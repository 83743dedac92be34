-- What may begin at an instant and is never late; audits whose cost is divided; agreements that a breach turned out not
-- to touch; days that a customer names for its data.

alter table deadline drop constraint deadline_boundary_check;
alter table deadline add constraint deadline_boundary_check check (boundary in ('exclusive', 'inclusive', 'from'));

alter table audit drop constraint audit_cost_check;
alter table audit add constraint audit_cost_check check (cost in ('controller', 'processor', 'own', 'shared'));
-- How much of it the processor bears, in per cent; null while nobody has said.
alter table audit add column cost_share integer;

-- Why a breach turned out not to touch this agreement; empty where it does.
alter table breach_case add column dropped_why text not null default '';

-- The last day on which data may be there, and the last until which the law wants them kept, as the customer named them.
alter table matter add column erase_by date;
alter table matter add column keep_until date;
