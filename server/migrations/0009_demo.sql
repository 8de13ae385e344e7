-- Workspaces to look at. They alone may be removed, whole: everybody else's history is written once and stays.

alter table workspaces add column demo boolean not null default false;

-- Said when it is made, and by nobody afterwards.
revoke update on workspaces from docket_app;
grant update (name, language, reference_version) on workspaces to docket_app;

create policy owner_removes on workspaces for delete to docket_owner using (demo);
-- A person who is a member nowhere, and how they would sign in.
create policy owner_removes on users for delete to docket_owner using (not exists (select from memberships m where m.user_id = users.id));
create policy owner_removes on accounts for delete to docket_owner using (not exists (select from memberships m where m.user_id = accounts.user_id));
create policy owner_removes on sessions for delete to docket_owner using (not exists (select from memberships m where m.user_id = sessions.user_id));

-- Lets the owner of the tables remove what belongs to a demo workspace, from every table there is by now. A table that is made later has
-- this policy by `protect`.
do $$
declare t record;
begin
  for t in select c.relname as name from pg_class c where c.relnamespace = 'docket'::regnamespace and c.relkind = 'r' and c.relname <> 'workspaces'
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped) loop
    execute format('create policy owner_removes on docket.%I for delete to docket_owner using (exists (select from docket.workspaces w where w.workspace_id = %I.workspace_id and w.demo))', t.name, t.name);
  end loop;
end $$;

create or replace function protect(name text, app text, system text default '') returns void language plpgsql as $$
begin
  execute format('alter table docket.%I enable row level security', name);
  execute format('alter table docket.%I force row level security', name);
  execute format('create policy app_workspace on docket.%I to docket_app using (workspace_id = (select current_setting(''docket.workspace'')::uuid)) with check (workspace_id = (select current_setting(''docket.workspace'')::uuid))', name);
  execute format('create policy owner_reads on docket.%I for select to docket_owner using (true)', name);
  execute format('create policy owner_removes on docket.%I for delete to docket_owner using (exists (select from docket.workspaces w where w.workspace_id = %I.workspace_id and w.demo))', name, name);
  if app <> '' then execute format('grant %s on docket.%I to docket_app', app, name); end if;
  if system <> '' then
    execute format('create policy system_all on docket.%I to docket_system using (true) with check (true)', name);
    execute format('grant %s on docket.%I to docket_system', system, name);
  end if;
end $$;

-- Removes a demo workspace with everything in it, and its people where they are members nowhere else. False where there is no such demo.
create function remove_demo(workspace uuid) returns boolean language plpgsql security definer set search_path = docket, pg_temp as $$
declare
  people uuid[];
  tables text[];
  later  text[];
  t      text;
  stays  boolean;
begin
  perform from workspaces where workspace_id = workspace and demo;
  if not found then return false; end if;
  select coalesce(array_agg(user_id), '{}') into people from memberships where workspace_id = workspace;
  select array_agg(c.relname) into tables from pg_class c where c.relnamespace = 'docket'::regnamespace and c.relkind = 'r' and c.relname <> 'workspaces'
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped);
  -- Rows that others refer to go after these.
  while tables is not null loop
    later := null;
    foreach t in array tables loop
      begin
        execute format('delete from docket.%I where workspace_id = $1', t) using workspace;
        execute format('select exists (select from docket.%I where workspace_id = $1)', t) into stays using workspace;
        if stays then raise 'Rows of % may not be removed: it was not made by protect()', t; end if;
      exception when foreign_key_violation then
        later := later || t;
      end;
    end loop;
    if later = tables then raise 'Nothing of % can be removed', later; end if;
    tables := later;
  end loop;
  delete from workspaces where workspace_id = workspace;
  delete from sessions where user_id = any(people);
  delete from accounts where user_id = any(people);
  delete from users where id = any(people) and not exists (select from memberships m where m.user_id = id);
  return true;
end $$;
revoke execute on function remove_demo(uuid) from public;
grant execute on function remove_demo(uuid) to docket_system;
