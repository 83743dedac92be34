-- Erasure or return of data that the customer asks for while the agreement runs.
alter table matter drop constraint matter_kind_check;
alter table matter add constraint matter_kind_check check (kind in (
    'storage_consent', 'disclosure_consent', 'storage_places', 'authority_message', 'authority_copy',
    'legal_change', 'unlawful_instruction', 'instruction', 'impact_assessment', 'information', 'extra_measures',
    'retention_terms', 'subcontract_copy', 'cannot_comply', 'erasure_or_return'));
