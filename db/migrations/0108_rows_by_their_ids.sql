-- What follows from the ledger is looked through some subjects at a time, so that memory does not grow with it.
create function termijn_rows_of(kind text, ids uuid[]) returns table (id uuid, entity text)
    language plpgsql stable as $$ begin
        return query execute format('select t.id, row_to_json(t)::text from %I t where t.id = any ($1)', kind) using ids;
    end $$;

create function termijn_stray(kind text, processor uuid) returns table (id uuid)
    language plpgsql stable as $$ begin
        return query execute format(
            'select t.id from %I t where ($1 is null or t.processor_id = $1)'
            ' and not exists (select from subject s where s.id = t.id and s.kind = $2 and s.processor_id = t.processor_id)'
            ' order by t.id limit 1', kind)
            using processor, kind;
    end $$;
