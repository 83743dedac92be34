-- To the course of which change an event belongs: its own, its notices' and those of tasks about either, so that the course
-- is read in its order and by its index. Set by the database, so that a process of the release before sets it as well; null
-- for all others, and for those from before, whose change is read as it was.
alter table event add column change_id uuid;
create function event_of_change() returns trigger language plpgsql
    as $$ begin
        select case s.kind when 'change' then s.id when 'notice' then s.parent_id when 'task' then (
            select case p.kind when 'change' then p.id when 'notice' then p.parent_id end
            from subject p where p.id = s.parent_id) end
        into new.change_id from subject s where s.id = new.subject_id;
        return new;
    end $$;
create trigger event_of_change before insert on event
    for each row when (new.change_id is null) execute function event_of_change();
