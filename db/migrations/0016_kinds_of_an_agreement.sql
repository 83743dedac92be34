-- What belongs to an agreement is told by what it is not, so that a new kind belongs to it without being named here.
drop index subject_of_agreement;
create index subject_of_agreement on subject (parent_id)
    where parent_id is not null and kind not in ('notice', 'task');

create or replace function termijn_belongs(wanted uuid) returns setof uuid language sql stable
    as $$ select wanted
          union select a.id from agreement a where a.customer_id = wanted
          union select n.id from notice n where n.customer_id = wanted
          union select s.id from agreement a join subject s on s.parent_id = a.id
              and s.kind not in ('notice', 'task')
          where a.customer_id = wanted $$;
