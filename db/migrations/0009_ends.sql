-- Ends in full: services that end apart, a day by which a subprocessor that left confirms, and what Termijn itself
-- erases of a customer.
alter table customer add column over_at timestamptz, add column erased_at timestamptz;
alter table agreement add column cancelled_services jsonb not null default '[]';
alter table agreement alter column cancelled_services drop default;
alter table change add column delete_by date;
create index change_by_subprocessor on change (subprocessor_id);

-- What belongs to an agreement besides its notices: a few, and erased with it.
create index subject_of_agreement on subject (parent_id)
    where kind in ('breach_case', 'request', 'audit', 'matter', 'upstream');

create index notice_by_customer on notice (customer_id);
create index customer_merged on customer (merged_into) where merged_into is not null;

-- What belongs to a customer, itself included: its agreements and what stands under them, and its notices.
create function termijn_belongs(wanted uuid) returns setof uuid language sql stable
    as $$ select wanted
          union select a.id from agreement a where a.customer_id = wanted
          union select n.id from notice n where n.customer_id = wanted
          union select s.id from agreement a join subject s on s.parent_id = a.id
              and s.kind in ('breach_case', 'request', 'audit', 'matter', 'upstream')
          where a.customer_id = wanted $$;

-- A mail server's words may name a person: they go with the rest of what is personal.
grant update (words) on attempt to termijn_api, termijn_worker;

-- A plan that was approved as a whole: each open item was, and its order is out.
update agreement a
set plan = (
    select jsonb_agg(
        case when item ->> 'done_at' is null
            then item || jsonb_build_object('approved_at', a.plan_approved_at, 'ordered_at', a.plan_approved_at)
            else item end order by place)
    from jsonb_array_elements(a.plan) with ordinality as x (item, place))
where a.plan_approved_at is not null and jsonb_array_length(a.plan) > 0;
