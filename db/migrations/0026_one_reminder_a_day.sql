-- It goes in the one mail of the day that reminds its contact of anything.
alter table message add column reminds boolean not null default false;
create index message_reminds on message (next_at, id) where reminds and next_at is not null;
