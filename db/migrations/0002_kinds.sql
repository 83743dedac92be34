-- More kinds of subjects: what else has a life of its own.
alter table subject drop constraint subject_kind_check;
alter table subject add constraint subject_kind_check check (kind in (
    'processor', 'customer', 'subprocessor', 'agreement', 'change', 'notice', 'task', 'announcement', 'webhook',
    'breach', 'breach_case', 'request', 'audit', 'matter', 'upstream'));
