-- Lists: what is found by words, by filters and in the order it is wanted, and the views people keep of them.

-- Lets a GIN index begin with the workspace. It is trusted: docket_owner may make it, as it may create in this database.
do $$
begin
  create extension if not exists btree_gin;
exception when insufficient_privilege or undefined_file or feature_not_supported then
  raise exception 'Docket needs the extension btree_gin and may not add it (%). An administrator runs this once, in this database: create extension btree_gin schema public; it comes with PostgreSQL (Debian: postgresql-contrib).', sqlerrm;
end $$;

-- ─── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- The words of a text in small letters and without accents; what is neither letter nor digit parts them. The twin of
-- contract/src/filter/words.ts; no locale has a say in it, so that every database finds the same. Plain text takes a quarter of the time.
create function words_in(line text) returns text[] language sql immutable parallel safe
  return array_remove(case when octet_length(line) = length(line)
    then regexp_split_to_array(lower(line collate "C"), '[^a-z0-9]+')
    else regexp_split_to_array(translate(lower(line collate "C"),
      'ÁÀÂÄÃÅĀÇĆČÉÈÊËĒĖĘÍÌÎÏĪÑŃÓÒÔÖÕØŌŚŠÚÙÛÜŪÝŸŽŹŻáàâäãåāçćčéèêëēėęíìîïīñńóòôöõøōśšúùûüūýÿžźż',
      'aaaaaaaccceeeeeeeiiiiinnooooooossuuuuuyyzzzaaaaaaaccceeeeeeeiiiiinnooooooossuuuuuyyzzz'), '[\x01-\x2f\x3a-\x60\x7b-\x7f]+') end, '');

-- A telephone number from its last digit to its first, marked: whoever knows its end finds it by its beginning.
create function phone_end(phone text) returns text[] language sql immutable parallel safe
  return case when length(translate(phone, translate(phone, '0123456789', ''), '')) < 4 then '{}'::text[]
    else array['~' || reverse(translate(phone, translate(phone, '0123456789', ''), ''))] end;

create function contact_words(name text, email text, phone text) returns tsvector language sql immutable parallel safe
  return array_to_tsvector(words_in(name || ' ' || email || ' ' || phone) || phone_end(phone));

create function item_words(code text, name text) returns tsvector language sql immutable parallel safe
  return array_to_tsvector(words_in(code || ' ' || name));

-- Personal data is looked up where it stands and copied nowhere.
create index customers_by_words on customers using gin (workspace_id, contact_words(name, email, phone));
create index order_contacts_by_words on order_contacts using gin (workspace_id, contact_words(name, email, phone));
create index items_by_words on items using gin (workspace_id, item_words(code, name));
create index order_fields_by_text on order_fields (workspace_id, (left(lower(text_value collate "C"), 64)) text_pattern_ops) where text_value is not null;
create index order_lines_by_item on order_lines (workspace_id, item_id, order_id) where item_id is not null;

-- ─── Search, past row-level security ──────────────────────────────────────────────────────────────────────────────────
-- Words are matched by operators that are not leakproof, for which row-level security allows no index. These functions belong to
-- docket_search, which reads the named tables whole; they look into the workspace of the transaction's setting alone, and answer ids
-- that the asker's own statement then joins to what it may see.

do $$
declare t text;
begin
  foreach t in array '{customers, order_contacts, items, variants, barcodes, orders, order_lines, order_fields}'::text[] loop
    execute format('create policy search_reads on docket.%I for select to docket_search using (true)', t);
  end loop;
end $$;
-- Of each, no more columns than are looked into.
grant select (workspace_id, id, name, email, phone) on customers to docket_search;
grant select (workspace_id, order_id, name, email, phone) on order_contacts to docket_search;
grant select (workspace_id, id, code, name) on items to docket_search;
grant select (workspace_id, id, item_id, code) on variants to docket_search;
grant select (workspace_id, barcode, variant_id) on barcodes to docket_search;
grant select (workspace_id, id, number, external_id, customer_id, at) on orders to docket_search;
grant select (workspace_id, order_id, item_id) on order_lines to docket_search;
grant select (workspace_id, order_id, text_value) on order_fields to docket_search;

-- Customers with these words in name, e-mail or telephone number.
create function customers_found(words tsquery) returns setof uuid language plpgsql stable parallel restricted
  security definer set search_path = docket, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
begin
  return query select c.id from customers c
    where c.workspace_id = current_setting('docket.workspace')::uuid and contact_words(c.name, c.email, c.phone) @@ words;
end $$;

-- Items with these words in code or name, or with exactly this code of a variant or barcode.
create function items_found(words tsquery, exact text) returns setof uuid language plpgsql stable parallel restricted
  security definer set search_path = docket, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare workspace constant uuid := current_setting('docket.workspace');
begin
  return query
    select i.id from items i where i.workspace_id = workspace and item_words(i.code, i.name) @@ words
    union select v.item_id from variants v where v.workspace_id = workspace and v.code = exact
    union select v.item_id from barcodes b join variants v on v.workspace_id = b.workspace_id and v.id = b.variant_id where b.workspace_id = workspace and b.barcode = exact;
end $$;

-- Orders by what is theirs alone: number, id, id outside, a text of their fields (whole, or its beginning).
create function orders_named(exact text, wanted bigint, whole boolean) returns setof uuid language plpgsql stable parallel restricted
  security definer set search_path = docket, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
  workspace constant uuid := current_setting('docket.workspace');
  beginning constant text := left(lower(exact collate "C"), 64);
  own constant uuid := case when exact ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then exact end;
begin
  return query
    select o.id from orders o where o.workspace_id = workspace and o.number = wanted
    union select o.id from orders o where o.workspace_id = workspace and o.id = own
    union select o.id from orders o where o.workspace_id = workspace and o.external_id = exact
    union select f.order_id from order_fields f
      where f.workspace_id = workspace and f.text_value is not null and left(lower(f.text_value collate "C"), 64) like replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        and case when whole then f.text_value = exact else starts_with(lower(f.text_value collate "C"), lower(exact collate "C")) end
    limit 10000;
end $$;

-- Orders of customers, and for contacts, who are called all of this. A single null stands for more than `most`, or for more customers
-- than a quarter of that; null for `most` is as many as there are.
create function orders_of_people(words tsquery, most bigint) returns setof uuid language plpgsql stable parallel restricted
  security definer set search_path = docket, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
  workspace constant uuid := current_setting('docket.workspace');
  people constant uuid[] := array(select c.id from customers c where c.workspace_id = workspace and contact_words(c.name, c.email, c.phone) @@ words limit most / 4 + 1);
  found uuid[];
begin
  if cardinality(people) > most / 4 then return next null; return; end if;
  found := array(
    (select o.id from orders o where o.workspace_id = workspace and o.customer_id = any(people) limit most + 1)
    union all (select c.order_id from order_contacts c where c.workspace_id = workspace and contact_words(c.name, c.email, c.phone) @@ words limit most + 1));
  if cardinality(found) > most then return next null; return; end if;
  return query select unnest(found);
end $$;

-- Orders where this is found anywhere, among people only where the asker sees any. Null as above.
create function orders_found(words tsquery, exact text, wanted bigint, whole boolean, contact boolean, most bigint) returns setof uuid language plpgsql stable parallel restricted
  security definer set search_path = docket, pg_temp set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
  workspace constant uuid := current_setting('docket.workspace');
  items constant uuid[] := array(select f from items_found(words, exact) f);
  found uuid[] := array(select x.order_id from order_lines x where x.workspace_id = workspace and x.item_id = any(items) limit most + 1);
begin
  if cardinality(found) > most then return next null; return; end if;
  found := found || array(select f from orders_named(exact, wanted, whole) f);
  if contact then found := found || array(select f from orders_of_people(words, most) f); end if;
  if cardinality(found) > most or array_position(found, null) is not null then return next null; return; end if;
  return query select distinct unnest(found);
end $$;

do $$
declare f regprocedure;
begin
  foreach f in array '{customers_found(tsquery), "items_found(tsquery, text)", "orders_named(text, bigint, boolean)", "orders_of_people(tsquery, bigint)", "orders_found(tsquery, text, bigint, boolean, boolean, bigint)"}'::regprocedure[] loop
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to docket_app', f);
    execute format('grant execute on function %s to docket_search', f);
  end loop;
end $$;
grant create on schema docket to docket_search;
alter function customers_found(tsquery) owner to docket_search;
alter function items_found(tsquery, text) owner to docket_search;
alter function orders_named(text, bigint, boolean) owner to docket_search;
alter function orders_of_people(tsquery, bigint) owner to docket_search;
alter function orders_found(tsquery, text, bigint, boolean, boolean, bigint) owner to docket_search;
revoke create on schema docket from docket_search;

-- ─── The orders a list comes in ───────────────────────────────────────────────────────────────────────────────────────
-- Keyset: workspace, what is sorted by, id. What stands behind the id is tried in the index itself, before a row is fetched: where an
-- order lies, whose it is, in which stage.

create index orders_by_placed on orders (workspace_id, at, id);
create index orders_by_updated on orders (workspace_id, updated_at, id, location_id, owner_id);
create index orders_by_due on orders (workspace_id, (coalesce(due_at, 'infinity')), id, location_id, owner_id);
create index orders_by_total on orders (workspace_id, total_minor, id, location_id, owner_id);
create index orders_by_stage on orders (workspace_id, stage, at, id, location_id, owner_id);
create index orders_by_location on orders (workspace_id, location_id, at, id, owner_id);
create index orders_by_channel on orders (workspace_id, channel, at, id, location_id, owner_id);
create index orders_by_owner on orders (workspace_id, owner_id, at, id, location_id) where owner_id is not null;
create index orders_by_assignee on orders (workspace_id, assignee_id, at, id, location_id, owner_id, phase) where assignee_id is not null;
-- Few orders are any of these, so a list of them is soon gone through, whatever it asks besides.
create index orders_live on orders (workspace_id, at, id, stage, location_id, owner_id, assignee_id, payment, attention) where phase in ('open', 'working', 'ready', 'moving');
create index orders_live_by_due on orders (workspace_id, (coalesce(due_at, 'infinity')), id, stage, location_id, owner_id, assignee_id, payment, attention) where phase in ('open', 'working', 'ready', 'moving');
create index orders_ended_otherwise on orders (workspace_id, phase, at, id, stage, location_id, owner_id) where phase in ('draft', 'cancelled', 'rejected');
create index orders_troubled on orders (workspace_id, at, id, attention, holds, short, location_id, owner_id, assignee_id) where attention <> '' or holds > 0 or short;
create index orders_not_simply_paid on orders (workspace_id, payment, at, id, location_id, owner_id) where payment in ('unpaid', 'authorised', 'part_paid', 'overpaid', 'part_refunded', 'refunded', 'written_off');

create index customers_by_name on customers (workspace_id, name, id);
create index customers_by_added on customers (workspace_id, created_at, id);
create index customers_by_updated on customers (workspace_id, updated_at, id);
create index movements_by_time on movements (workspace_id, recorded_at, id);
create index reservations_open on reservations (workspace_id, created_at, id) where state = 'open';

-- ─── Views that people keep ───────────────────────────────────────────────────────────────────────────────────────────

create table saved_views (
  workspace_id uuid not null,
  id           uuid not null,
  list         text not null check (list in ('orders', 'customers', 'stock', 'reservations', 'movements')),
  -- Of views that came with the blueprint.
  code         text,
  label        jsonb not null,
  -- personal = its owner's; shared = everybody's.
  audience     text not null check (audience in ('personal', 'shared')),
  locked       boolean not null default false,
  owner_id     uuid,
  -- As it was typed: it may hold a name, so it is personal data.
  filter       text not null default '',
  sort         text not null,
  -- [{ "name": "total", "width": 120, "pinned": true }]
  columns      jsonb not null default '[]',
  layout       text not null default 'table' check (layout in ('table', 'board')),
  density      text not null default 'normal' check (density in ('compact', 'normal', 'large')),
  pinned       boolean not null default false,
  position     bigint not null,
  -- Roles whose holders start with it.
  roles        text[] not null default '{}',
  version      bigint not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  primary key (workspace_id, id),
  check (audience = 'shared' or owner_id is not null)
);
create unique index saved_views_by_code on saved_views (workspace_id, list, code) where code is not null;
create index saved_views_by_owner on saved_views (workspace_id, owner_id) where audience = 'personal';
select protect('saved_views', 'select, insert, update, delete');
