-- Why an engagement ended, as a code that statements ask for; the words beside it stay what is shown.

alter table engagement add column end_reason text constraint engagement_end_reason_check check (end_reason in (
    'agreement_ended', 'agreement_not_in_force', 'change_ended', 'change_withdrawn', 'consent_taken_back',
    'data_gone', 'never_received', 'objected_in_time', 'objection_upheld', 'place_known', 'refused_in_time',
    'replaced', 'subprocessor_removed'));

-- Processes of the release before write words alone, until they have stopped.
create function end_reason_of(words text) returns text language sql immutable
    as $body$ select case words
        when $$the agreement ended$$ then 'agreement_ended'
        when $$the agreement was not in force yet$$ then 'agreement_not_in_force'
        when $$the change ended$$ then 'change_ended'
        when $$the change was withdrawn$$ then 'change_withdrawn'
        when $$consent had been taken back in time$$ then 'consent_taken_back'
        when $$the data are gone$$ then 'data_gone'
        when $$the notice it rested on was never received$$ then 'never_received'
        when $$the customer had objected in time$$ then 'objected_in_time'
        when $$the objection was upheld$$ then 'objection_upheld'
        when $$the place became known$$ then 'place_known'
        when $$the customer had refused in time$$ then 'refused_in_time'
        when $$replaced$$ then 'replaced'
        when $$the subprocessor was removed$$ then 'subprocessor_removed'
    end $body$;
create function engagement_end_reason() returns trigger language plpgsql
    as $$ begin new.end_reason := end_reason_of(new.ended_why); return new; end $$;
create trigger engagement_end_reason before insert or update of ended_why on engagement
    for each row when (new.ended_why is not null and new.end_reason is null)
    execute function engagement_end_reason();

update engagement set end_reason = end_reason_of(ended_why) where ended_why is not null;

-- The one list of words of a Struct that the database did not know.
alter table notice add constraint notice_received_how_check
    check (received_how in ('direct', 'delivery_report', 'assumed', 'answer', 'deemed'));
