-- German and French beside Dutch and English. The lists only widen: what is stored already need not be looked through.
alter table processor drop constraint processor_language_check;
alter table processor add check (language in ('nl', 'en', 'de', 'fr')) not valid;
alter table customer drop constraint customer_language_check;
alter table customer add check (language in ('nl', 'en', 'de', 'fr')) not valid;
alter table message drop constraint message_language_check;
alter table message add check (language in ('nl', 'en', 'de', 'fr')) not valid;
alter table document drop constraint document_language_check;
alter table document add check (language in ('nl', 'en', 'de', 'fr')) not valid;
