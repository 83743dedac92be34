-- Each run of blocks is noted once it is full, instead of when the table is next vacuumed: what is not noted is read by
-- whoever asks for the events of the last transactions.
alter index event_by_tx set (autosummarize = on);
