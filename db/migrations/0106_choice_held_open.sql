-- Until when the customer may choose what becomes of its data, where that is later than its terms have it: an outage on
-- the last day is the processor's risk. Null: by its terms.
alter table agreement add column choice_until timestamptz;
