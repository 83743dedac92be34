-- Requests that may come twice: the first answer is kept and given again. Ages run in real time.

-- name: claim_answer
-- A place for the answer, taken before the work. A second request with the same key waits here until the
-- first has committed (no row then) or rolled back. $1 scope, $2 key, $3 processor, $4 SHA-256 of the request.
insert into idempotency (scope, key, processor_id, request_sha256, status, body, created_at)
values ($1, $2, $3, $4, 0, '', clock_timestamp())
on conflict (scope, key) do nothing
returning true

-- name: read_answer
-- $1 scope, $2 key.
select request_sha256, status, body, etag, location,
    created_at < clock_timestamp() - interval '48 hours' as expired
from idempotency where scope = $1 and key = $2

-- name: forget_answer
-- One that has had its time gives its key free. $1 scope, $2 key.
delete from idempotency
where scope = $1 and key = $2 and created_at < clock_timestamp() - interval '48 hours'

-- name: store_answer
-- $1 scope, $2 key, $3 status, $4 body, $5 etag, $6 location.
update idempotency set status = $3, body = $4, etag = $5, location = $6 where scope = $1 and key = $2

-- name: savepoint_work
-- A refusal undoes the work and keeps the place of its answer.
savepoint work

-- name: undo_work
rollback to savepoint work

-- name: forget_idempotency
-- Everybody's answers of more than two days ago; the worker's.
delete from idempotency where created_at < clock_timestamp() - interval '48 hours'
