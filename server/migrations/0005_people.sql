-- Who may come in: people, their sessions, what they are in which workspace, and how they get there.

-- ─── People, in no workspace ──────────────────────────────────────────────────────────────────────────────────────────

-- One row a person, whatever workspaces they are in; the e-mail in lower case.
create table users (
  id             uuid primary key,
  email          text not null unique check (email = lower(email)),
  email_verified boolean not null default false,
  name           text not null default '',
  image          text,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);

-- How a person proves who they are; account_id is their own id where they use a password.
create table accounts (
  id          uuid primary key,
  user_id     uuid not null references users,
  provider_id text not null,
  account_id  text not null,
  -- argon2id in PHC form.
  password    text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index accounts_by_user on accounts (user_id);

-- One row a device. Of the token only the SHA-256 is kept. Without use for some hours it ends, at expires_at in any case.
create table sessions (
  id         uuid primary key,
  user_id    uuid not null references users,
  token_hash text not null unique,
  ip_address text not null default '',
  user_agent text not null default '',
  expires_at timestamptz not null,
  seen_at    timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index sessions_by_user on sessions (user_id);

create table verifications (
  id         uuid primary key,
  identifier text not null,
  value      text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_by_identifier on verifications (identifier);

do $$
declare t text;
begin
  foreach t in array array['users', 'accounts', 'sessions', 'verifications'] loop
    execute format('alter table docket.%I enable row level security', t);
    execute format('alter table docket.%I force row level security', t);
    execute format('create policy system_all on docket.%I to docket_system using (true) with check (true)', t);
    execute format('create policy owner_reads on docket.%I for select to docket_owner using (true)', t);
    execute format('grant select, insert, update, delete on docket.%I to docket_system', t);
  end loop;
end $$;
-- The foreign keys above are checked as the owner of the table.
revoke delete on users from docket_system;

-- ─── People, in a workspace ───────────────────────────────────────────────────────────────────────────────────────────

create table memberships (
  workspace_id uuid not null,
  user_id      uuid not null,
  role         text not null,
  -- Where "location" scope is: null = every location.
  location_ids uuid[],
  reports_to   uuid,
  status       text not null default 'active' check (status in ('active', 'disabled')),
  version      bigint not null default 1,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, role) references roles,
  foreign key (workspace_id, reports_to) references memberships,
  check (reports_to <> user_id)
);
create index memberships_by_reports_to on memberships (workspace_id, reports_to) where reports_to is not null;
-- Feed table: signing in asks for one person's workspaces.
create index memberships_by_user on memberships (user_id);
select protect('memberships', 'select, insert, update', 'select');

create table invitations (
  workspace_id uuid not null,
  id           uuid not null,
  -- SHA-256 of what the link carries.
  token_hash   text not null unique,
  email        text not null check (email = lower(email)),
  role         text not null,
  location_ids uuid[],
  reports_to   uuid,
  invited_by   uuid,
  expires_at   timestamptz not null,
  accepted_by  uuid,
  accepted_at  timestamptz,
  revoked_at   timestamptz,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, role) references roles
);
select protect('invitations', 'select, insert, update', 'select');

-- ─── Kiosks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A kiosk's token is a key that is bound to its register.
alter table api_keys add column kind text not null default 'api' check (kind in ('api', 'kiosk')), add column register_id uuid;
alter table api_keys add constraint api_keys_of_kiosks_have_a_register check ((kind = 'kiosk') = (register_id is not null));

-- One look-up says who asks and what they may do, whatever workspace that is in.
create policy system_all on roles to docket_system using (true) with check (true);
create policy system_all on customer_grants to docket_system using (true) with check (true);
create policy system_all on registers to docket_system using (true) with check (true);
grant select on roles, customer_grants, registers to docket_system;
