-- The rows of before are looked through while everybody reads and writes on: what was widened holds for all of them.
alter table processor validate constraint processor_language_check;
alter table customer validate constraint customer_language_check;
alter table message validate constraint message_language_check;
alter table document validate constraint document_language_check;
