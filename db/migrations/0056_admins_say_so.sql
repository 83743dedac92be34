-- A transaction is an admin's where it says so, and nobody's who says nothing: the release before says both.
create or replace function termijn_admin() returns boolean language sql stable
    as $$ select current_setting('termijn.admin', true) is not distinct from 'on' $$;
