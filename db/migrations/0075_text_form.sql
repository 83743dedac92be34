-- A form between any and writing: words that can be read and kept, such as a mail, and nothing signed.
alter table notice drop constraint notice_form_check;
alter table notice add constraint notice_form_check check (form in ('any', 'text', 'written')) not valid;
alter table matter drop constraint matter_form_check;
alter table matter add constraint matter_form_check check (form in ('any', 'text', 'written')) not valid;
