-- Those that were signed before the marks were kept.
insert into unrecorded (agreement_id, processor_id)
select a.id, a.processor_id from agreement a
where a.signatures @> '[{"party": "controller"}, {"party": "processor"}]'
    and not exists (select from document d where d.subject_id = a.id and d.kind = 'signed')
    and not exists (select from customer c where c.id = a.customer_id and c.erased_at is not null)
on conflict do nothing;
