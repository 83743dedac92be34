-- Frameworks under which a subprocessor is certified for transfers (US:DPF), from which day to which.
alter table subprocessor add column certifications jsonb not null default '[]';
