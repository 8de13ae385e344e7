-- What a role does not see and how much money it may move; and one way to say who may touch a table.

-- Groups of fields hidden from a role: contact, notes, prices, costs. Limits: {"refundMinor": 5000, "discountMinor": 1000}, in the order's currency.
alter table roles add column hides text[] not null default '{}', add column money_limits jsonb not null default '{}';

alter table events drop constraint events_subject_check;
alter table events add constraint events_subject_check check (subject in ('order', 'return', 'item', 'customer', 'location', 'register', 'stock', 'workflow',
  'workspace', 'api_key', 'reservation', 'member', 'role', 'invitation', 'view', 'bulk_job', 'export')) not valid;
alter table events validate constraint events_subject_check;

-- Row-level security and rights of one table with a workspace_id; tables that are made later call it, too. What `app` or `system` may do
-- is a list like 'select, insert'; an empty one is nothing.
create function protect(name text, app text, system text default '') returns void language plpgsql as $$
begin
  execute format('alter table docket.%I enable row level security', name);
  execute format('alter table docket.%I force row level security', name);
  execute format('create policy app_workspace on docket.%I to docket_app using (workspace_id = (select current_setting(''docket.workspace'')::uuid)) with check (workspace_id = (select current_setting(''docket.workspace'')::uuid))', name);
  execute format('create policy owner_reads on docket.%I for select to docket_owner using (true)', name);
  if app <> '' then execute format('grant %s on docket.%I to docket_app', app, name); end if;
  if system <> '' then
    execute format('create policy system_all on docket.%I to docket_system using (true) with check (true)', name);
    execute format('grant %s on docket.%I to docket_system', system, name);
  end if;
end $$;
revoke execute on function protect(text, text, text) from public;
