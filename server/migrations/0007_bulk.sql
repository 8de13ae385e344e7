-- One action on many orders, and files made of lists.

create table bulk_jobs (
  workspace_id    uuid not null,
  id              uuid not null,
  -- A verb that every order knows, an action of a workflow, or `undo`.
  action          text not null,
  -- What is done, as it was sent; may hold what somebody wrote: personal data, shown to whom it belongs.
  command         jsonb not null,
  -- How the orders were chosen where no ids were sent; may hold a name: personal data, shown to whom it belongs.
  filter          text,
  -- The job that this one takes back.
  undoes          uuid,
  state           text not null check (state in ('queued', 'previewing', 'previewed', 'running', 'paused', 'done', 'partly_done', 'failed', 'cancelled')),
  -- Orders it was frozen over, and those asked for that are not there.
  total           bigint not null,
  missing         bigint not null,
  -- As it ended; while it runs, its items are counted.
  applied         bigint not null default 0,
  already         bigint not null default 0,
  skipped         bigint not null default 0,
  failed          bigint not null default 0,
  -- Canonical text of what the preview foresees.
  preview         text,
  created_by_kind text not null,
  created_by      uuid,
  created_at      timestamptz not null,
  -- Since when it has been running without a stop, and how many items were decided by then: its rate.
  running_since   timestamptz,
  decided_before  bigint not null default 0,
  ended_at        timestamptz,
  version         bigint not null default 1,
  primary key (workspace_id, id)
) with (fillfactor = 70);
create unique index bulk_jobs_undone_once on bulk_jobs (workspace_id, undoes) where undoes is not null and state not in ('cancelled', 'failed');

-- What becomes of each order of a job; written in the transaction that changes the order.
create table bulk_items (
  workspace_id uuid not null,
  job_id       uuid not null,
  order_id     uuid not null,
  state        text not null default 'waiting' check (state in ('waiting', 'applied', 'already', 'skipped', 'failed')),
  -- Where the order stood when the job came to it, and where it left it.
  seq_before   bigint,
  seq_after    bigint,
  reason_code  text,
  -- Canonical text.
  reason       text,
  commit_id    uuid,
  -- What the preview says will become of it.
  foreseen     text check (foreseen in ('applied', 'already', 'skipped', 'failed')),
  primary key (workspace_id, job_id, order_id),
  check ((state = 'applied') = (commit_id is not null and seq_after is not null)),
  check (state not in ('skipped', 'failed') or reason_code is not null)
) with (fillfactor = 60);

-- A list as a file. It holds personal data, so its pieces are sealed, and thrown away after a day.
create table exports (
  workspace_id    uuid not null,
  id              uuid not null,
  list            text not null check (list in ('orders', 'customers', 'stock')),
  -- As they were typed; may hold a name: personal data, shown to whom it belongs.
  filters         text[] not null,
  sort            text,
  columns         text[] not null,
  locale          text not null check (locale in ('en', 'es')),
  byte_order_mark boolean not null,
  state           text not null check (state in ('queued', 'ready', 'failed', 'expired')),
  rows            bigint not null default 0,
  bytes           bigint not null default 0,
  -- Canonical text.
  problem         text,
  created_by_kind text not null,
  created_by      uuid not null,
  created_at      timestamptz not null,
  ready_at        timestamptz,
  expires_at      timestamptz,
  version         bigint not null default 1,
  primary key (workspace_id, id)
);
create index exports_by_person on exports (workspace_id, created_by, id);

create table export_chunks (
  workspace_id uuid not null,
  export_id    uuid not null,
  position     bigint not null,
  -- AES-256-GCM under a key derived from the master key.
  sealed       bytea not null,
  primary key (workspace_id, export_id, position)
);

do $$
begin
  perform docket.protect('exports', 'select, insert, update');
  perform docket.protect('export_chunks', 'select, insert, delete');
  perform docket.protect('bulk_jobs', 'select, insert, update');
  perform docket.protect('bulk_items', 'select, insert, update');
end $$;
