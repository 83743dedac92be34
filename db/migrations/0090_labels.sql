-- Words by which a processor groups its customers, agreements and subprocessors.
alter table customer add column labels text[] not null default '{}';
alter table subprocessor add column labels text[] not null default '{}';
alter table agreement add column labels text[] not null default '{}';
create or replace view customer_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.name, c.country, c.language, c.role, c.manager_id,
    (select u.name from app_user u where u.id = c.manager_id) as manager_name,
    (select u.name from app_user u where u.id = c.deputy_id) as deputy_name,
    c.external_id, c.labels
from customer c join subject s on s.id = c.id;
create or replace view subprocessor_shown with (security_invoker) as
select u.id, u.processor_id, row_to_json(u)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    u.name, u.country, u.external_id, u.labels
from subprocessor u join subject s on s.id = u.id;
create or replace view agreement_shown with (security_invoker) as
select a.id, a.processor_id, row_to_json(a)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    a.customer_id, a.terms, a.terms_version, a.terms_version_id, t.document -> 'ending' ->> 'in_force_until' as in_force_until,
    (t.document -> 'ending')::text as ending,
    (select coalesce(json_agg(json_build_object(
            'id', d.id, 'subject', d.subject_id, 'rule', d.rule, 'key', d.key, 'text', d.text,
            'due_at', d.due_at, 'last_day', d.last_day, 'clause', d.clause, 'party', d.party,
            'boundary', d.boundary) order by d.due_at, d.id), '[]')::text
        from (select * from deadline where agreement_id = a.id offset 0) d where d.closed_at is null) as deadlines,
    a.external_id, a.labels
from agreement a
join subject s on s.id = a.id
join terms_version t on t.id = a.terms_version_id;
