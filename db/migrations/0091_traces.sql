-- What a message, a timer that tells something and a fan-out came from, so that a trace goes on from the request to the
-- mail (a traceparent of W3C Trace Context): ids alone, and nothing where no traces are collected.
alter table message add column traceparent text;

-- commit
alter table timer add column traceparent text;

-- commit
alter table fan_out add column traceparent text;
