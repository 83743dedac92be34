-- Mails to subscribers that came back: an address of which the last ones all did is told nothing more.
alter table subscription_mail add column bounced_at timestamptz, add column own_id text;
