-- The foundation: who sells where, what is sold, what is in stock, what was ordered, what it cost, and the proof of it.
-- Conventions: every key and index starts with workspace_id (feed tables excepted by name); quantities are thousandths of
-- an item's base unit (…_milli), prices millionths of a currency's major unit (…_micro), amounts minor units (…_minor);
-- filter columns are text + CHECK, bigint, uuid, date or timestamptz, because other types lose their indexes under row-level security.

-- ─── Workspaces and places ────────────────────────────────────────────────────────────────────────────────────────────

create table workspaces (
  workspace_id      uuid primary key,
  code              text not null unique check (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name              text not null,
  home_currency     text not null check (home_currency ~ '^[A-Z]{3}$'),
  language          text not null default 'en',
  blueprint         text not null,
  -- Bumped in the transaction that changes items, prices, recipes, places, taxes, reasons, roles or workflows; caches compare it.
  reference_version bigint not null default 1,
  created_at        timestamptz not null default now()
);

create table workspace_counters (
  workspace_id uuid not null,
  name         text not null check (name in ('order', 'return')),
  next         bigint not null default 1,
  primary key (workspace_id, name)
);

create table locations (
  workspace_id  uuid not null,
  id            uuid not null,
  code          text not null,
  name          text not null,
  time_zone     text not null,
  day_starts_at text not null default '00:00' check (day_starts_at ~ '^[0-2][0-9]:[0-5][0-9]$'),
  status        text not null default 'open' check (status in ('open', 'closed')),
  version       bigint not null default 1,
  created_at    timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, code)
);

create table registers (
  workspace_id uuid not null,
  id           uuid not null,
  location_id  uuid not null,
  code         text not null,
  name         text not null,
  kind         text not null check (kind in ('kiosk', 'till')),
  status       text not null default 'open' check (status in ('open', 'closed')),
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, code),
  foreign key (workspace_id, location_id) references locations
);

create table reasons (
  workspace_id uuid not null,
  kind         text not null check (kind in ('cancel', 'reject', 'reopen', 'refund', 'return', 'hold', 'short_pick', 'discount', 'adjust', 'move')),
  code         text not null,
  label        jsonb not null,
  active       boolean not null default true,
  primary key (workspace_id, kind, code)
);

create table taxes (
  workspace_id uuid not null,
  code         text not null,
  name         text not null,
  rate_ppm     bigint not null check (rate_ppm between 0 and 1000000),
  included     boolean not null,
  primary key (workspace_id, code)
);

-- ─── People and machines ──────────────────────────────────────────────────────────────────────────────────────────────

create table roles (
  workspace_id uuid not null,
  code         text not null,
  label        jsonb not null,
  -- [{ "permission": "orders:read", "scope": "own" | "team" | "location" | "workspace" }]
  permissions  jsonb not null,
  primary key (workspace_id, code)
);

create table api_keys (
  workspace_id uuid not null,
  id           uuid not null,
  name         text not null,
  secret_hash  text not null unique,
  role         text not null,
  -- Narrows the role: null = every permission the role has.
  permissions  text[],
  -- Where "location" scope is: null = every location.
  location_ids uuid[],
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id)
);

-- A key account: this principal may read this customer's orders wherever they are.
create table customer_grants (
  workspace_id uuid not null,
  principal_id uuid not null,
  customer_id  uuid not null,
  granted_by   uuid not null,
  granted_at   timestamptz not null default now(),
  primary key (workspace_id, principal_id, customer_id)
);

create table customers (
  workspace_id uuid not null,
  id           uuid not null,
  external_id  text,
  name         text not null default '',
  email        text not null default '',
  phone        text not null default '',
  country      text not null default '',
  tier         text not null default '',
  segment      text not null default '',
  owner_id     uuid,
  version      bigint not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index customers_by_external_id on customers (workspace_id, external_id) where external_id is not null;

-- ─── What is sold ─────────────────────────────────────────────────────────────────────────────────────────────────────

create table items (
  workspace_id uuid not null,
  id           uuid not null,
  code         text not null,
  name         text not null,
  category     text not null default '',
  kind         text not null check (kind in ('goods', 'service', 'charge', 'discount')),
  base_unit    text not null check (base_unit in ('piece', 'g', 'ml', 'mm')),
  -- own = its own stock is reserved; recipe = its parts are; none = nothing is.
  stocked      text not null check (stocked in ('own', 'recipe', 'none')),
  tax_code     text,
  status       text not null default 'active' check (status in ('active', 'retired')),
  version      bigint not null default 1,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, code),
  check (kind = 'goods' or stocked = 'none')
);

-- How an item is sold: a size or weight of it, with its price for that much.
create table variants (
  workspace_id  uuid not null,
  id            uuid not null,
  item_id       uuid not null,
  code          text not null,
  name          text not null default '',
  content_milli bigint not null check (content_milli > 0),
  price_micro   bigint check (price_micro >= 0),
  currency      text not null check (currency ~ '^[A-Z]{3}$'),
  weight_grams  bigint check (weight_grams > 0),
  length_mm     bigint check (length_mm > 0),
  width_mm      bigint check (width_mm > 0),
  height_mm     bigint check (height_mm > 0),
  status        text not null default 'active' check (status in ('active', 'retired')),
  position      bigint not null default 0,
  primary key (workspace_id, id),
  unique (workspace_id, code),
  foreign key (workspace_id, item_id) references items
);
create index variants_by_item on variants (workspace_id, item_id);

create table barcodes (
  workspace_id uuid not null,
  barcode      text not null,
  variant_id   uuid not null,
  primary key (workspace_id, barcode),
  foreign key (workspace_id, variant_id) references variants
);

create index barcodes_by_variant on barcodes (workspace_id, variant_id);

-- yield_milli of the item are made from the parts; an amount per unit is the exact fraction milli_num / milli_den.
create table recipes (
  workspace_id uuid not null,
  id           uuid not null,
  item_id      uuid not null,
  version      bigint not null,
  yield_milli  bigint not null check (yield_milli > 0),
  active       boolean not null,
  primary key (workspace_id, id),
  unique (workspace_id, item_id, version),
  foreign key (workspace_id, item_id) references items
);
create unique index recipes_one_active on recipes (workspace_id, item_id) where active;

create table recipe_parts (
  workspace_id uuid not null,
  recipe_id    uuid not null,
  item_id      uuid not null,
  milli_num    bigint not null check (milli_num > 0),
  milli_den    bigint not null check (milli_den > 0),
  primary key (workspace_id, recipe_id, item_id),
  foreign key (workspace_id, recipe_id) references recipes,
  foreign key (workspace_id, item_id) references items
);

create index recipe_parts_by_item on recipe_parts (workspace_id, item_id);

-- ─── Stock ────────────────────────────────────────────────────────────────────────────────────────────────────────────

create table lots (
  workspace_id uuid not null,
  id           uuid not null,
  item_id      uuid not null,
  code         text not null,
  expires_on   date,
  -- history = an import's opening stock: only history is served from it.
  status       text not null default 'ok' check (status in ('ok', 'quarantined', 'recalled', 'history')),
  primary key (workspace_id, id),
  unique (workspace_id, item_id, code),
  foreign key (workspace_id, item_id) references items
);

-- lot_id is the nil UUID where goods carry no lot, so that it can be part of the key.
create table stock (
  workspace_id     uuid not null,
  item_id          uuid not null,
  location_id      uuid not null,
  lot_id           uuid not null default '00000000-0000-0000-0000-000000000000',
  on_hand_milli    bigint not null default 0,
  reserved_milli   bigint not null default 0,
  -- Moving average, null while any of what is on hand came at an unknown cost.
  unit_cost_micro  bigint,
  currency         text not null,
  updated_at       timestamptz not null default now(),
  primary key (workspace_id, item_id, location_id, lot_id),
  constraint stock_is_not_oversold check (reserved_milli between 0 and on_hand_milli)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table movements (
  workspace_id    uuid not null,
  id              uuid not null,
  item_id         uuid not null,
  location_id     uuid not null,
  lot_id          uuid not null,
  kind            text not null check (kind in ('opening', 'receipt', 'count', 'adjust', 'write_off', 'consume', 'found', 'return', 'transfer')),
  delta_milli     bigint not null check (delta_milli <> 0),
  unit_cost_micro bigint check (unit_cost_micro >= 0),
  currency        text not null,
  order_id        uuid,
  line_id         uuid,
  reservation_id  uuid,
  return_id       uuid,
  reason_code     text,
  note_id         uuid,
  external_id     text,
  at              timestamptz not null,
  business_date   date not null,
  recorded_at     timestamptz not null default now(),
  actor_kind      text not null,
  actor_id        uuid,
  commit_id       uuid not null,
  primary key (workspace_id, id)
);
create index movements_by_stock on movements (workspace_id, item_id, location_id, lot_id, recorded_at);
create unique index movements_by_external_id on movements (workspace_id, external_id) where external_id is not null;

create table reservations (
  workspace_id uuid not null,
  id           uuid not null,
  item_id      uuid not null,
  location_id  uuid not null,
  lot_id       uuid not null,
  milli        bigint not null check (milli > 0),
  state        text not null check (state in ('open', 'consumed', 'released', 'expired')),
  order_id     uuid,
  line_id      uuid,
  -- Only for reservations that no order owns: why it is kept and until when.
  purpose      text,
  expires_at   timestamptz,
  created_at   timestamptz not null default now(),
  ended_at     timestamptz,
  commit_id    uuid not null,
  primary key (workspace_id, id),
  check ((state = 'open') = (ended_at is null)),
  check (line_id is null or order_id is not null)
);
create index reservations_open_by_order on reservations (workspace_id, order_id) where state = 'open' and order_id is not null;
create index reservations_open_by_stock on reservations (workspace_id, item_id, location_id, lot_id) where state = 'open';
create index reservations_expiring on reservations (workspace_id, expires_at) where state = 'open' and expires_at is not null;

-- What an order still lacks; waiting orders are woken from here, by priority and then by age.
create table shortfalls (
  workspace_id uuid not null,
  order_id     uuid not null,
  line_id      uuid not null,
  item_id      uuid not null,
  location_id  uuid not null,
  milli        bigint not null check (milli > 0),
  waiting      boolean not null,
  priority     bigint not null,
  placed_at    timestamptz not null,
  primary key (workspace_id, order_id, line_id, item_id)
);
create index shortfalls_waiting on shortfalls (workspace_id, item_id, location_id, priority desc, placed_at) where waiting;

-- Demand that was refused or cut for want of stock, by hour; it names no person.
create table missed_demand (
  workspace_id  uuid not null,
  item_id       uuid not null,
  location_id   uuid not null,
  channel       text not null,
  hour          timestamptz not null,
  times         bigint not null,
  wanted_milli  bigint not null,
  free_milli    bigint not null,
  primary key (workspace_id, item_id, location_id, channel, hour)
);

-- ─── Workflows ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A published definition never changes; orders pin (code, version).
create table workflows (
  workspace_id uuid not null,
  code         text not null,
  version      bigint not null,
  definition   jsonb not null,
  published_at timestamptz not null default now(),
  published_by uuid,
  primary key (workspace_id, code, version)
);

-- ─── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────

create table orders (
  workspace_id     uuid not null,
  id               uuid not null,
  number           bigint not null,
  seq              bigint not null check (seq > 0),
  workflow_code    text not null,
  workflow_version bigint not null,
  phase            text not null check (phase in ('draft', 'open', 'working', 'ready', 'moving', 'done', 'cancelled', 'rejected')),
  stage            text not null,
  stage_entered_at timestamptz not null,
  stage_entered_by uuid,
  generation       bigint not null,
  payment          text not null check (payment in ('none', 'unpaid', 'authorised', 'part_paid', 'paid', 'overpaid', 'part_refunded', 'refunded', 'written_off')),
  fulfilment       text not null check (fulfilment in ('none', 'unfulfilled', 'part_fulfilled', 'fulfilled', 'part_returned', 'returned', 'cancelled')),
  holds            bigint not null default 0,
  short            boolean not null default false,
  attention        text not null default '',
  channel          text not null,
  source           text not null,
  location_id      uuid not null,
  register_id      uuid,
  connection_id    uuid,
  external_id      text,
  customer_id      uuid,
  customer_tier    text not null default '',
  customer_segment text not null default '',
  owner_id         uuid,
  assignee_id      uuid,
  priority         bigint not null default 0,
  currency         text not null,
  gross_minor      bigint not null,
  discount_minor   bigint not null,
  tax_minor        bigint not null,
  total_minor      bigint not null,
  captured_minor   bigint not null default 0,
  refunded_minor   bigint not null default 0,
  balance_minor    bigint not null,
  due_at           timestamptz,
  wanted_from      timestamptz,
  wanted_to        timestamptz,
  at               timestamptz not null,
  recorded_at      timestamptz not null,
  business_date    date not null,
  captured_at      timestamptz,
  capture_device   text,
  quote_ref        text,
  opportunity_ref  text,
  -- Canonical text of what is only read with the order: tags, custom fields, holds, costs, money sums, cancel reason.
  detail           text not null,
  updated_at       timestamptz not null default now(),
  primary key (workspace_id, id)
) with (fillfactor = 85);
create unique index orders_by_number on orders (workspace_id, number);
create unique index orders_by_external_id on orders (workspace_id, external_id, connection_id) nulls not distinct where external_id is not null;

-- What a customer bought, and what a place sold on a day: returns look for what they reverse.
create index orders_by_customer on orders (workspace_id, customer_id, at) where customer_id is not null;
create index orders_by_day on orders (workspace_id, location_id, business_date);

create table order_lines (
  workspace_id       uuid not null,
  order_id           uuid not null,
  id                 uuid not null,
  position           bigint not null,
  kind               text not null check (kind in ('goods', 'service', 'charge', 'discount')),
  item_id            uuid,
  variant_id         uuid,
  code               text not null,
  name               text not null,
  category           text not null,
  base_unit          text not null,
  price_micro        bigint not null,
  per_milli          bigint not null check (per_milli > 0),
  gross_minor        bigint not null,
  discount_minor     bigint not null,
  tax_code           text,
  tax_ppm            bigint not null,
  tax_included       boolean not null,
  tax_minor          bigint not null,
  net_minor          bigint not null,
  recipe_id          uuid,
  reason_code        text,
  ordered_milli      bigint not null check (ordered_milli > 0),
  cancelled_milli    bigint not null default 0 check (cancelled_milli >= 0),
  made_milli         bigint not null default 0 check (made_milli >= 0),
  picked_milli       bigint not null default 0 check (picked_milli >= 0),
  packed_milli       bigint not null default 0 check (packed_milli >= 0),
  handed_over_milli  bigint not null default 0 check (handed_over_milli >= 0),
  delivered_milli    bigint not null default 0 check (delivered_milli >= 0),
  returned_milli     bigint not null default 0 check (returned_milli >= 0),
  primary key (workspace_id, order_id, id),
  constraint line_is_not_over_fulfilled check (cancelled_milli + handed_over_milli <= ordered_milli),
  constraint line_is_not_over_returned check (returned_milli <= handed_over_milli),
  check (kind <> 'goods' or item_id is not null)
) with (fillfactor = 90);

create table order_contacts (
  workspace_id uuid not null,
  order_id     uuid not null,
  name         text not null default '',
  email        text not null default '',
  phone        text not null default '',
  address      text not null default '',
  city         text not null default '',
  postcode     text not null default '',
  country      text not null default '',
  primary key (workspace_id, order_id)
);

-- Free text people wrote, kept apart from the events that refer to it: it may name persons and can be erased.
create table notes (
  workspace_id uuid not null,
  id           uuid not null,
  order_id     uuid,
  text         text not null,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index notes_by_order on notes (workspace_id, order_id);

create table order_holds (
  workspace_id uuid not null,
  order_id     uuid not null,
  id           uuid not null,
  reason_code  text not null,
  note_id      uuid,
  placed_by    uuid,
  placed_at    timestamptz not null,
  until        timestamptz,
  released_by  uuid,
  released_at  timestamptz,
  primary key (workspace_id, order_id, id)
);

create table order_tags (
  workspace_id uuid not null,
  tag          text not null,
  order_id     uuid not null,
  primary key (workspace_id, tag, order_id)
);
create index order_tags_by_order on order_tags (workspace_id, order_id);

create table order_fields (
  workspace_id uuid not null,
  field        text not null,
  order_id     uuid not null,
  text_value   text,
  int_value    bigint,
  time_value   timestamptz,
  primary key (workspace_id, field, order_id),
  check (num_nonnulls(text_value, int_value, time_value) = 1)
);
create index order_fields_by_order on order_fields (workspace_id, order_id);

create table order_costs (
  workspace_id uuid not null,
  order_id     uuid not null,
  id           uuid not null,
  kind         text not null,
  amount_minor bigint not null,
  currency     text not null,
  primary key (workspace_id, order_id, id)
);

create table returns (
  workspace_id  uuid not null,
  id            uuid not null,
  number        bigint not null,
  order_id      uuid,
  location_id   uuid not null,
  customer_id   uuid,
  connection_id uuid,
  external_id   text,
  reason_code   text,
  note_id       uuid,
  currency      text not null,
  total_minor   bigint not null,
  source        text not null,
  at            timestamptz not null,
  recorded_at   timestamptz not null,
  business_date date not null,
  commit_id     uuid not null,
  primary key (workspace_id, id)
);
create unique index returns_by_number on returns (workspace_id, number);
create unique index returns_by_external_id on returns (workspace_id, external_id, connection_id) nulls not distinct where external_id is not null;
create index returns_by_order on returns (workspace_id, order_id) where order_id is not null;

create table return_lines (
  workspace_id  uuid not null,
  return_id     uuid not null,
  id            uuid not null,
  order_id      uuid,
  order_line_id uuid,
  kind          text not null check (kind in ('goods', 'service', 'charge', 'discount')),
  item_id       uuid,
  code          text not null,
  name          text not null,
  category      text not null,
  milli         bigint not null check (milli > 0),
  amount_minor  bigint not null,
  restocked     boolean not null,
  primary key (workspace_id, return_id, id),
  check ((order_id is null) = (order_line_id is null))
);
create index return_lines_by_order on return_lines (workspace_id, order_id) where order_id is not null;

-- ─── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Signed: what came in is positive. authorise and void do not move money and are kept beside it.
create table money_entries (
  workspace_id  uuid not null,
  id            uuid not null,
  order_id      uuid,
  return_id     uuid,
  kind          text not null check (kind in ('authorise', 'void', 'capture', 'refund', 'write_off', 'rounding', 'points')),
  amount_minor  bigint not null,
  currency      text not null,
  method        text not null,
  provider      text not null default 'manual',
  reference     text,
  reason_code   text,
  note_id       uuid,
  at            timestamptz not null,
  recorded_at   timestamptz not null,
  business_date date not null,
  actor_kind    text not null,
  actor_id      uuid,
  commit_id     uuid not null,
  primary key (workspace_id, id),
  check (order_id is not null or return_id is not null),
  check ((kind = 'capture' and amount_minor > 0) or (kind = 'refund' and amount_minor < 0) or kind not in ('capture', 'refund'))
);
create index money_entries_by_order on money_entries (workspace_id, order_id) where order_id is not null;
create unique index money_entries_by_reference on money_entries (workspace_id, provider, kind, reference) where reference is not null;

-- A refund that was decided and reserves its amount until the outside says what became of it.
create table refund_intents (
  workspace_id uuid not null,
  id           uuid not null,
  order_id     uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency     text not null,
  state        text not null check (state in ('reserved', 'confirmed', 'rejected', 'unknown')),
  created_at   timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index refund_intents_open on refund_intents (workspace_id, order_id) where state in ('reserved', 'unknown');

-- ─── The log ──────────────────────────────────────────────────────────────────────────────────────────────────────────

-- One row a write transaction. The sealer later fills position and hash, and only those.
create table commits (
  workspace_id uuid not null,
  id           uuid not null,
  events       bigint not null check (events > 0),
  digest       bytea not null,
  recorded_at  timestamptz not null default now(),
  position     bigint,
  hash         bytea,
  primary key (workspace_id, id),
  check ((position is null) = (hash is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create unique index commits_by_position on commits (workspace_id, position) where position is not null;
-- Feed table: the sealer reads across workspaces in the order of recording.
create index commits_unsealed on commits (recorded_at) where position is null;

-- Every change of an order, return, item, customer, place or stock, in order per subject. Payload is canonical JSON text
-- (sorted keys, integers only); it holds references, never personal data.
create table events (
  workspace_id uuid not null,
  subject_id   uuid not null,
  seq          bigint not null check (seq > 0),
  subject      text not null check (subject in ('order', 'return', 'item', 'customer', 'location', 'register', 'stock', 'workflow', 'workspace', 'api_key', 'reservation')),
  type         text not null,
  payload      text not null,
  version      bigint not null default 1,
  at           timestamptz not null,
  recorded_at  timestamptz not null default now(),
  actor_kind   text not null check (actor_kind in ('person', 'api_key', 'kiosk', 'rule', 'timer', 'integration', 'import', 'system')),
  actor_id     uuid,
  location_id  uuid,
  register_id  uuid,
  command_id   uuid not null,
  commit_id    uuid not null,
  -- Place within the commit: the order in which the digest read them.
  ordinal      bigint not null,
  primary key (workspace_id, subject_id, seq)
);
create unique index events_by_commit on events (workspace_id, commit_id, ordinal);

-- A machine's request and what became of it; kept 90 days.
create table idempotency_keys (
  workspace_id uuid not null,
  principal_id uuid not null,
  route        text not null,
  key          text not null,
  fingerprint  text not null,
  subject_id   uuid not null,
  commit_id    uuid not null,
  created_at   timestamptz not null default now(),
  -- How far the order had come in the answer, where that is not the commit's last event of it; and whether nothing had to be done.
  seq          bigint,
  already      boolean not null default false,
  primary key (workspace_id, principal_id, route, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- ─── Time and work that is owed ───────────────────────────────────────────────────────────────────────────────────────

create table timers (
  workspace_id uuid not null,
  order_id     uuid not null,
  name         text not null,
  due_at       timestamptz not null,
  generation   bigint not null,
  fence        bigint not null default 0,
  primary key (workspace_id, order_id, name)
);
-- Feed table: the sweeper reads what is due across workspaces.
create index timers_due on timers (due_at);

-- Work that must still be done. A graphile job is only the alarm that something here is due.
create table owed (
  workspace_id uuid not null,
  id           uuid not null,
  kind         text not null,
  lane         text not null check (lane in ('live', 'bulk', 'outbound', 'sweep')),
  -- Ids only; whoever works it reads the truth.
  payload      jsonb not null,
  state        text not null default 'due' check (state in ('due', 'claimed', 'done', 'parked')),
  due_at       timestamptz not null default now(),
  priority     bigint not null default 0,
  fence        bigint not null default 0,
  attempts     bigint not null default 0,
  claimed_by   uuid,
  claimed_at   timestamptz,
  last_error   text,
  created_at   timestamptz not null default now(),
  ended_at     timestamptz,
  primary key (workspace_id, id)
);
-- Feed tables: alarms and sweeps read across workspaces.
create index owed_due on owed (due_at) where state = 'due';
create index owed_claimed on owed (claimed_by) where state = 'claimed';
create index owed_parked on owed (workspace_id, kind) where state = 'parked';

-- One row a running process; its claims are taken over when it falls silent.
create table processes (
  id         uuid primary key,
  role       text not null,
  host       text not null,
  pid        bigint not null,
  started_at timestamptz not null default now(),
  seen_at    timestamptz not null default now()
);

-- ─── Who may touch what ───────────────────────────────────────────────────────────────────────────────────────────────

do $$
declare
  t record;
  -- What docket_app may do beyond reading. History is written once: no table here gets DELETE that an auditor would miss.
  app_grants constant jsonb := '{
    "workspaces": "update", "workspace_counters": "insert, update", "locations": "insert, update", "registers": "insert, update",
    "reasons": "insert, update", "taxes": "insert, update", "roles": "insert, update", "api_keys": "insert, update",
    "customer_grants": "insert, delete", "customers": "insert, update", "items": "insert, update", "variants": "insert, update",
    "barcodes": "insert, delete", "recipes": "insert, update", "recipe_parts": "insert", "lots": "insert, update",
    "stock": "insert, update", "movements": "insert", "reservations": "insert, update", "shortfalls": "insert, update, delete",
    "missed_demand": "insert, update", "workflows": "insert", "orders": "insert, update", "order_lines": "insert, update",
    "order_contacts": "insert, update", "notes": "insert, update", "order_holds": "insert, update", "order_tags": "insert, delete",
    "order_fields": "insert, update, delete", "order_costs": "insert", "returns": "insert", "return_lines": "insert",
    "money_entries": "insert", "refund_intents": "insert, update", "commits": "insert", "events": "insert",
    "idempotency_keys": "insert, update, delete", "timers": "insert, update, delete", "owed": "insert, update"
  }';
  -- Work that crosses workspaces, and nothing else: the one list of what docket_system may touch.
  system_grants constant jsonb := '{
    "workspaces": "select, insert", "api_keys": "select, update", "commits": "select, update", "events": "select",
    "timers": "select, update", "owed": "select, update", "idempotency_keys": "select, delete", "reservations": "select"
  }';
begin
  for t in select c.relname as name from pg_class c where c.relnamespace = 'docket'::regnamespace and c.relkind = 'r'
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id') loop
    execute format('alter table docket.%I enable row level security', t.name);
    execute format('alter table docket.%I force row level security', t.name);
    execute format('create policy app_workspace on docket.%I to docket_app using (workspace_id = (select current_setting(''docket.workspace'')::uuid)) with check (workspace_id = (select current_setting(''docket.workspace'')::uuid))', t.name);
    execute format('grant select on docket.%I to docket_app', t.name);
    if app_grants ? t.name then
      execute format('grant %s on docket.%I to docket_app', app_grants ->> t.name, t.name);
    end if;
    if system_grants ? t.name then
      execute format('create policy system_all on docket.%I to docket_system using (true) with check (true)', t.name);
      execute format('grant %s on docket.%I to docket_system', system_grants ->> t.name, t.name);
    end if;
    -- verify reads everything, as the owner, in one snapshot; it cannot write through this.
    execute format('create policy owner_reads on docket.%I for select to docket_owner using (true)', t.name);
  end loop;
end $$;

grant usage on schema docket to docket_app, docket_system, docket_search;
grant select, insert, update, delete on processes to docket_system;

-- The sealer fills position and hash; nobody changes anything else of a commit.
revoke update on commits from docket_system;
grant update (position, hash) on commits to docket_system;

-- Lets the app have its busiest tables looked at anew; only their owner may.
create function refresh_statistics() returns void language plpgsql security definer set search_path = docket, pg_temp as $$
begin
  analyze orders, order_lines, order_contacts, events, commits, stock, movements, reservations, money_entries, idempotency_keys, timers, returns, return_lines, customers, items, variants, lots;
end $$;
revoke all on function refresh_statistics() from public;
grant execute on function refresh_statistics() to docket_app;
