-- name: begin_backup
-- What a backup is of: the clock, the migrations that made it, and how much there is to find again.
select termijn_now() as made_at,
    (select max(name) from migration) as migration,
    (select count(*) from event) as events,
    (select count(*) from subject) as subjects
