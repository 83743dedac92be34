-- Which version of its terms binds an agreement, since when and why; and which text a change of terms was compared with.

alter table agreement add column terms_history jsonb not null default '[]';
alter table agreement alter column terms_history drop default;
-- A version that cannot bind yet: facts are missing, or its day is still to come.
alter table agreement add column adopting jsonb;

alter table change add column to_version_id uuid references terms_version;
alter table change add column significant boolean;
update change c set to_version_id = (
    select v.id from terms_version v
    where v.terms = c.terms and v.version = c.to_version and (v.processor_id is null or v.processor_id = c.processor_id)
    order by v.id desc limit 1)
where c.kind = 'terms';

-- The version that a change of terms was laid beside when the customer was told.
alter table notice add column from_version_id uuid references terms_version;
