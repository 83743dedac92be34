-- What is told before it happens: publications, emergencies, the time to find a solution after an objection.
alter table notice add column emergency boolean not null default false;
alter table notice add column alternative_until timestamptz;
alter table notice drop constraint notice_received_how_check;
alter table notice add constraint notice_received_how_check
    check (received_how in ('direct', 'delivery_report', 'assumed', 'answer', 'deemed', 'published'));

alter table change add column emergency_since timestamptz;
alter table change add column publications jsonb not null default '[]';

alter table fan_out drop constraint fan_out_kind_check;
alter table fan_out add constraint fan_out_kind_check
    check (kind in ('announce', 'amend', 'withdraw', 'end', 'join', 'publish'));

alter table engagement drop constraint engagement_end_reason_check;
alter table engagement add constraint engagement_end_reason_check check (end_reason in (
    'agreement_ended', 'agreement_not_in_force', 'change_ended', 'change_withdrawn', 'consent_revoked',
    'consent_taken_back', 'data_gone', 'never_received', 'objected_in_time', 'objection_upheld', 'place_known',
    'refused_in_time', 'replaced', 'service_ended', 'subprocessor_removed'));

alter table file drop constraint file_origin_check;
alter table file add constraint file_origin_check check (origin in ('inbound', 'upload', 'publication'));
