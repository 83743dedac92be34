-- What Termijn itself keeps of a customer, when nothing needs it any more (P26).

-- name: erase_personal
-- Words and names go wherever they stand; ids, instants, states and the commitments in events stay. $1 rows as JSON,
-- $2 and $3 from which states of a message to which one.
with given as (
    select * from jsonb_to_recordset($1::jsonb) as r (processor_id uuid, customer uuid, at timestamptz)
), own as (
    select g.processor_id, g.at, b as id from given g cross join lateral termijn_belongs(g.customer) b
), about as (
    select id from own union select t.id from own join task t on t.about = own.id
), records as (
    delete from personal p using about where p.subject_id = about.id
), mails as (
    update message m
    set content = null, subject = null, data = '{}', address = '', next_at = null, traceparent = null,
        state = case when m.state = any ($2::text[]) then $3 else m.state end
    from given g where m.processor_id = g.processor_id and m.customer_id = g.customer
    returning m.id
), attempts as (
    update attempt t set words = '' from mails where t.message_id = mails.id
), came_back as (
    update inbound i set content = '', sender = '', subject_line = '', attachments = '[]'
    from given g
    where i.processor_id = g.processor_id and (
        i.subject_id in (select id from own)
        or i.subject_id is null and i.held && array(select id from own)
        or i.message_id in (select m.id from message m where m.customer_id = g.customer))
    returning i.file_id, g.at
), received as (
    update file f set content = null, name = '', erased_at = came_back.at
    from came_back where f.id = came_back.file_id and f.content is not null
), uses as (
    update file_use u set erased_at = gone.at
    from (select id, at from own union select t.id, own.at from own join task t on t.about = own.id) gone
    where u.subject_id = gone.id and u.erased_at is null
    returning u.file_id, u.subject_id, gone.at
), proofs as (
    update file f set name = '', erased_at = gone.at
    from (select file_id, max(at) as at from uses group by file_id) gone
    where f.id = gone.file_id and f.origin = 'upload' and f.erased_at is null
        and not exists (select from terms_text t where t.file_id = f.id) and not exists (
        select from file_use o
        where o.file_id = f.id and o.erased_at is null
            and not exists (select from uses where uses.file_id = o.file_id and uses.subject_id = o.subject_id))
), answers as (
    update notice n
    set answers = (
        select coalesce(jsonb_agg(x || '{"by": null, "grounds": null, "evidence": null}' order by place), '[]')
        from jsonb_array_elements(n.answers) with ordinality as y (x, place))
    from own where n.id = own.id and n.answers <> '[]'
), plans as (
    update agreement a
    set plan = (
        select coalesce(jsonb_agg(x || '{"evidence": ""}' order by place), '[]')
        from jsonb_array_elements(a.plan) with ordinality as y (x, place)),
        terms_history = (
            select coalesce(jsonb_agg(x - 'evidence' order by place), '[]')
            from jsonb_array_elements(a.terms_history) with ordinality as y (x, place)),
        adopting = a.adopting #- '{text,evidence}'
    from own where a.id = own.id and (a.plan <> '[]' or a.terms_history <> '[]' or a.adopting is not null)
), calls as (
    update breach_case b
    set calls = (
        select coalesce(jsonb_agg(x || '{"contact": "", "note": ""}' order by place), '[]')
        from jsonb_array_elements(b.calls) with ordinality as y (x, place))
    from own where b.id = own.id and b.calls <> '[]'
), requests as (
    update request r
    set reference = '', note = '', result = '', evidence = '',
        pauses = (
            select coalesce(jsonb_agg(x || '{"reason": ""}' order by place), '[]')
            from jsonb_array_elements(r.pauses) with ordinality as y (x, place)),
        extensions = (
            select coalesce(jsonb_agg(x || '{"reason": "", "agreed_by": ""}' order by place), '[]')
            from jsonb_array_elements(r.extensions) with ordinality as y (x, place))
    from own where r.id = own.id
), audits as (
    update audit u
    set indications = '', authority = '', auditor = '', scope = '', nda_evidence = '', certificate = '', result = '',
        findings = (
            select coalesce(jsonb_agg(x || '{"text": "", "note": ""}' order by place), '[]')
            from jsonb_array_elements(u.findings) with ordinality as y (x, place))
    from own where u.id = own.id
), matters as (
    update matter m
    set subject = '', text = '', closed_why = '',
        answers = (
            select coalesce(jsonb_agg(x || '{"by": "", "text": "", "evidence": ""}' order by place), '[]')
            from jsonb_array_elements(m.answers) with ordinality as y (x, place))
    from own where m.id = own.id
), notes as (
    update task t set note = null, data = t.data - 'words' - 'form' from about where t.id = about.id
), papers as (
    update document d set content = null, facts = null, erased_at = own.at
    from own where d.subject_id = own.id and d.content is not null
), letters as (
    update letter l set content = null, facts = null, erased_at = own.at
    from own where l.subject_id = own.id and l.content is not null
)
select count(*) from given

-- name: left_of_customer
-- Changes that ended of which this customer was told, whose subprocessor was asked to confirm that the data are gone.
-- $1 processors, $2 customer, $3 its contact.
select row_to_json(c)::text as change, o.name
from change c
join subprocessor o on o.id = c.subprocessor_id
where c.processor_id = any ($1::uuid[]) and $3::uuid is not null and c.plan <> '[]'
    and exists (select from notice n where n.change_id = c.id and n.customer_id = $2)
order by c.ends_on desc, c.id
