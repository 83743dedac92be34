-- What the ending of an agreement may turn on: when notice of it was given, a failure to be put right within a time,
-- a certificate that the customer asked for.
alter table agreement add column end_noticed_at timestamptz;
alter table agreement add column cure jsonb;
alter table agreement add column certificate_asked_at timestamptz;
