-- A name as it is searched: without case and accents.
create function termijn_plain(name text) returns text language sql immutable strict parallel safe
    as $$ select lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036F]', '', 'g')) $$;
