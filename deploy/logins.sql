-- The logins of a deployment, for psql: makes those that are missing and gives each the password of today,
-- so it is run again when a password has changed. It acts on the database that psql is connected to.
--
--   termijn_owner         owns the schema and migrates it
--   termijn_api_login     what `termijn serve` comes in with: a member of termijn_api
--   termijn_worker_login  what `termijn worker` comes in with: a member of termijn_worker
--
-- The passwords stand in the addresses that the services read: one file a login, below /run/secrets or
-- below the folder given with `-v secrets=DIR`. The services' own grants come with the migrations.

\set ON_ERROR_STOP on
\if :{?secrets}
\else
    \set secrets /run/secrets
\endif
\set owner `sed -n 's,^postgresql://termijn_owner:\([^@]*\)@.*,\1,p' :secrets/database_owner_url`
\set api `sed -n 's,^postgresql://termijn_api_login:\([^@]*\)@.*,\1,p' :secrets/database_api_url`
\set worker `sed -n 's,^postgresql://termijn_worker_login:\([^@]*\)@.*,\1,p' :secrets/database_worker_url`

select '' in (:'owner', :'api', :'worker') as missing \gset
\if :missing
    do $$ begin raise exception 'a password is missing: see the files of deploy/make-secrets'; end $$;
\endif

-- The two group roles cannot log in: they carry the grants, and row-level security is written for them.
select format('create role %I nologin', wanted)
from unnest(array['termijn_api', 'termijn_worker']) wanted
where not exists (select from pg_roles where rolname = wanted) \gexec

select format('create role %I login', wanted)
from unnest(array['termijn_owner', 'termijn_api_login', 'termijn_worker_login']) wanted
where not exists (select from pg_roles where rolname = wanted) \gexec

alter role termijn_owner password :'owner';
alter role termijn_api_login password :'api';
alter role termijn_worker_login password :'worker';
grant termijn_api to termijn_api_login;
grant termijn_worker to termijn_worker_login;

alter database :"DBNAME" owner to termijn_owner;
revoke connect, temporary on database :"DBNAME" from public;
grant connect on database :"DBNAME" to termijn_api, termijn_worker;
