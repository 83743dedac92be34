-- Which older record has one of a subprocessor's names already, as it was when this one was entered or last renamed.
alter table subprocessor add column duplicate_of uuid references subprocessor;
