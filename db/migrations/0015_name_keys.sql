-- Names are compared however they were typed: composed or decomposed letters, spaces, capitals, quotation marks.

-- A name as it is compared: the same as `name_key` in the program, which a test holds against it.
create function termijn_name_key(name text) returns text language sql immutable strict parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select btrim(regexp_replace(normalize(casefold(normalize(regexp_replace(
            translate(name,
                U&'\2018\2019\201B\02BC\2032\00B4\0060\201C\201D\201E\201F\2033\2010\2011\2012\2013\2014\2015\2212',
                repeat('''', 7) || repeat('"', 5) || repeat('-', 7)),
            '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164'
            '\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\U000E0000-\U000E0FFF]+', '', 'g'), NFKC)
            collate pg_unicode_fast), NFKC),
            '[\u0009-\u000D\u001C-\u0020\u0085\u1680\u2028\u2029]+', ' ', 'g'), ' ') $$;
