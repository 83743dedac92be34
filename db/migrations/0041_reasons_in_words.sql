-- Two more reasons for which an engagement ends, in words.
create or replace function end_reason_of(words text) returns text language sql immutable
    as $body$ select case words
        when $$the agreement ended$$ then 'agreement_ended'
        when $$the agreement was not in force yet$$ then 'agreement_not_in_force'
        when $$the change ended$$ then 'change_ended'
        when $$the change was withdrawn$$ then 'change_withdrawn'
        when $$consent had been taken back in time$$ then 'consent_taken_back'
        when $$consent was withdrawn, and it stopped at once$$ then 'consent_revoked'
        when $$the data are gone$$ then 'data_gone'
        when $$the notice it rested on was never received$$ then 'never_received'
        when $$the customer had objected in time$$ then 'objected_in_time'
        when $$the objection was upheld$$ then 'objection_upheld'
        when $$the place became known$$ then 'place_known'
        when $$the customer had refused in time$$ then 'refused_in_time'
        when $$replaced$$ then 'replaced'
        when $$the services that it was for ended$$ then 'service_ended'
        when $$the subprocessor was removed$$ then 'subprocessor_removed'
    end $body$;
