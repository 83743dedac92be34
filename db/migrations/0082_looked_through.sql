-- The rows of before are looked through while everybody reads and writes on: what was widened holds for all of them.
alter table notice validate constraint notice_form_check;
alter table matter validate constraint matter_form_check;
alter table disclosure validate constraint disclosure_what_check;
