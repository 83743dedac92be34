-- outside a transaction
-- Agreements that both parties signed: those without a record of it are looked for every half minute where a seal is set.
drop index concurrently if exists agreement_signed;
create index concurrently agreement_signed on agreement (id)
    where signatures @> '[{"party": "controller"}, {"party": "processor"}]';
