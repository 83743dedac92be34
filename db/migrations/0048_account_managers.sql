-- Who of the processor's own people looks after a customer; null: whoever directs or manages.
alter table customer add column manager_id uuid;
alter table customer add column deputy_id uuid;
create or replace view customer_shown with (security_invoker) as
select c.id, c.processor_id, row_to_json(c)::text as entity, s.state, s.version, s.created_at, s.parked_why,
    c.name, c.country, c.language, c.role, c.manager_id,
    (select u.name from app_user u where u.id = c.manager_id) as manager_name,
    (select u.name from app_user u where u.id = c.deputy_id) as deputy_name
from customer c join subject s on s.id = c.id;
