-- Copies of contracts with subprocessors, and word that the agreement cannot be kept any more.
alter table matter drop constraint matter_kind_check;
alter table matter add constraint matter_kind_check check (kind in (
    'storage_consent', 'disclosure_consent', 'storage_places', 'authority_message', 'authority_copy',
    'legal_change', 'unlawful_instruction', 'instruction', 'impact_assessment', 'information', 'extra_measures',
    'retention_terms', 'subcontract_copy', 'cannot_comply'));
