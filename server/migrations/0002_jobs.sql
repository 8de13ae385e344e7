-- Work that is owed: its alarm, and what its claims and sweeps need to find it.

-- A due timer that some process is firing is left alone until then; a new generation is due at once.
alter table timers add column claimed_generation bigint, add column claimed_until timestamptz;

-- Feed tables: claims take the most urgent of a kind, sweeps read across workspaces by time.
drop index owed_due;
create index owed_due on owed (lane, kind, priority desc, due_at) where state = 'due';
create index owed_done on owed (ended_at) where state = 'done';
drop index reservations_expiring;
create index reservations_due on reservations (expires_at) where state = 'open' and expires_at is not null;

-- A row is written three times in its life, and all three leave a dead version behind.
alter table owed set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- What is finished is thrown away after a week; the policy system_all lets it be seen, this lets it go.
grant delete on owed to docket_system;

-- Rings for a lane and kind. graphile-worker's tables belong to docket_owner; this is all that others may do with them.
-- A keyed alarm replaces the one of its key that still waits.
create function ring(lane text, kind text, at timestamptz, key text default null) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select graphile_worker.add_job(lane || ':' || kind, run_at => at, job_key => key) $$;
revoke execute on function ring(text, text, timestamptz, text) from public;
grant execute on function ring(text, text, timestamptz, text) to docket_app, docket_system;
