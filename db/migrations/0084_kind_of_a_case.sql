-- Of which kind a breach is, for each agreement: their texts may mean different things by one id.
alter table breach_case add column kind text not null default '';
