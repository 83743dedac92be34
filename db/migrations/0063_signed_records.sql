-- The record of an agreement's signatures is kept as the declaration is.
alter table document drop constraint document_kind_check;
alter table document add constraint document_kind_check check (kind in ('declaration', 'signed'));
