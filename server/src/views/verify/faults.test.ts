import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProvedShop, provedShop } from '../../testing/proved-shop.ts'
import type { Invariant } from './invariants.ts'
import { verify } from './verify.ts'

let shop: ProvedShop
beforeAll(async () => {
  shop = await provedShop()
})
afterAll(() => shop?.drop())

type Fault = [what: string, sql: (ids: ProvedShop['ids']) => string, named: Partial<Record<Invariant, (ids: ProvedShop['ids']) => object>>]

const line = (id: string, code: string) => `(select id from order_lines where order_id = '${id}' and code = '${code}')`
const held = (id: string) => `(select id from reservations where order_id = '${id}' order by id limit 1)`
const moved = (id: string) => `(select id from movements where order_id = '${id}' and kind = 'consume' order by id limit 1)`
const capture = `(select id from money_entries where kind = 'capture')`
const aProcessWorks = `insert into processes (id, role, host, pid, started_at) values (gen_random_uuid(), 'all', 'here', 1, now() - interval '2 min')`

async function namesIt([, sql, named]: Fault): Promise<void> {
  const copy = await shop.withFault(sql(shop.ids))
  try {
    const { ok, findings } = await verify(copy.url, { threads: 0 })
    expect(ok).toBe(false)
    for (const [invariant, example] of Object.entries(named)) {
      const finding = findings.find((one) => one.invariant === invariant)
      expect(finding?.examples ?? [], invariant).toContainEqual(expect.objectContaining(example(shop.ids)))
    }
  } finally {
    await copy.drop()
  }
}

// biome-ignore format: one fault, one row
const faults: Record<string, Fault[]> = {
  'of an order': [
    ['a wrong cent in the total',        ({ done }) => `update orders set total_minor = total_minor + 1 where id = '${done}'`, { 'replay.orders': ({ done }) => ({ workspace: 'shop', order: done, column: 'total_minor' }), 'money.lines': ({ done }) => ({ order: done, column: 'total_minor' }) }],
    ['a wrong cent in what was captured', ({ done }) => `update orders set captured_minor = captured_minor - 1 where id = '${done}'`, { 'replay.orders': ({ done }) => ({ order: done, column: 'captured_minor' }), 'money.sums': ({ done }) => ({ order: done, column: 'captured_minor' }) }],
    ['a wrong balance',                  ({ done }) => `update orders set balance_minor = 0 where id = '${done}'`, { 'orders.derived': ({ done }) => ({ order: done, column: 'balance_minor' }), 'money.sums': ({ done }) => ({ order: done, column: 'balance_minor' }) }],
    ['a wrong payment state',            ({ open }) => `update orders set payment = 'paid' where id = '${open}'`, { 'orders.derived': ({ open }) => ({ order: open, column: 'payment', stored: 'paid', expected: 'unpaid' }) }],
    ['a wrong fulfilment state',         ({ open }) => `update orders set fulfilment = 'fulfilled' where id = '${open}'`, { 'orders.derived': ({ open }) => ({ order: open, column: 'fulfilment' }) }],
    ['a wrong phase',                    ({ open }) => `update orders set phase = 'done' where id = '${open}'`, { 'replay.orders': ({ open }) => ({ order: open, column: 'phase' }), 'reservations.live': ({ open }) => ({ order: open }) }],
    ['a wrong stage',                    ({ open }) => `update orders set stage = 'PACKED_READY' where id = '${open}'`, { 'replay.orders': ({ open }) => ({ order: open, column: 'stage', stored: 'PACKED_READY', expected: 'IN_PROCESS' }) }],
    ['another customer',                 ({ done }) => `update orders set customer_id = gen_random_uuid() where id = '${done}'`, { 'replay.orders': ({ done }) => ({ order: done, column: 'customer_id' }), 'workspaces.references': ({ done }) => ({ reference: 'orders.customer_id', row: done }) }],
    ['another moment',                   ({ done }) => `update orders set at = at - interval '1 ms' where id = '${done}'`, { 'replay.orders': ({ done }) => ({ order: done, column: 'at' }) }],
    ['money hidden in its detail',       ({ done }) => `update orders set detail = replace(detail, '"creditedMinor":', '"creditedMinor":1') where id = '${done}'`, { 'replay.orders': ({ done }) => ({ order: done, column: 'detail' }), 'money.sums': ({ done }) => ({ order: done }) }],
    ['a row that is gone',               ({ cancelled }) => `delete from orders where id = '${cancelled}'`, { 'replay.orders': ({ cancelled }) => ({ order: cancelled, why: 'its row is gone' }), 'workspaces.references': ({ cancelled }) => ({ reference: 'order_lines.order_id', to: cancelled }) }],
    ['a row that nothing happened to',   ({ done }) => `insert into orders select (jsonb_populate_record(o, '{"id": "00000000-0000-7000-8000-000000000001", "number": 99, "external_id": null}')).* from orders o where id = '${done}'`, { 'replay.orders': () => ({ order: '00000000-0000-7000-8000-000000000001', why: 'no event tells of it' }) }],
    ['the number of another',            ({ done, open }) => `drop index orders_by_number; update orders set number = (select number from orders where id = '${open}') where id = '${done}'`, { 'orders.numbers': () => ({ of: 'order', times: 2 }) }],
    ['a number not handed out',          () => `update workspace_counters set next = 1 where name = 'order'`, { 'orders.numbers': () => ({ of: 'order', number: 1 }) }],
    ['the outside id of another',        ({ done, open }) => `drop index orders_by_external_id; update orders set external_id = 'web-1' where id in ('${done}', '${open}')`, { 'outside.ids': () => ({ of: 'order', outside: 'web-1', times: 2 }) }],
    ['a lost tag',                       ({ done }) => `delete from order_tags where order_id = '${done}' and tag = 'vip'`, { 'replay.tags': ({ done }) => ({ order: done, tag: 'vip', why: 'its row is gone' }) }],
    ['an added tag',                     ({ open }) => `insert into order_tags select workspace_id, 'vip', id from orders where id = '${open}'`, { 'replay.tags': ({ open }) => ({ order: open, tag: 'vip', why: 'no event tells of it' }) }],
    ['a wrong custom field',             ({ done }) => `update order_fields set int_value = 8 where order_id = '${done}' and field = 'turn'`, { 'replay.fields': ({ done }) => ({ order: done, field: 'turn', column: 'int_value', stored: '8', expected: '7' }) }],
    ['a hold without its end',           ({ open }) => `update order_holds set released_at = null where order_id = '${open}'`, { 'replay.holds': ({ open }) => ({ order: open, column: 'released_at' }) }],
    ['a wrong cost',                     ({ done }) => `update order_costs set amount_minor = 36 where order_id = '${done}'`, { 'replay.costs': ({ done }) => ({ order: done, column: 'amount_minor', stored: '36', expected: '35' }) }],
    ['a lost note',                      ({ open }) => `delete from notes where order_id = '${open}' and text = 'second door'`, { 'replay.notes': ({ open }) => ({ order: open }) }],
    ['a timer put off',                  ({ open }) => `update timers set due_at = due_at + interval '1 s' where order_id = '${open}' and name not like 'hold %'`, { 'replay.timers': ({ open }) => ({ order: open, column: 'due_at' }) }],
    ['a timer of nothing',               ({ cancelled }) => `insert into timers select workspace_id, id, 'not_packed', now() + interval '1 h', generation from orders where id = '${cancelled}'`, { 'replay.timers': ({ cancelled }) => ({ order: cancelled, timer: 'not_packed' }) }],
    ['a shortage nobody knows of',       ({ open }) => `insert into shortfalls select workspace_id, order_id, id, item_id, (select location_id from orders where id = order_id), 5, false, 0, now() from order_lines where order_id = '${open}' and code = 'TEA'`, { 'replay.shortfalls': ({ open }) => ({ order: open, why: 'no event tells of it' }) }],
  ],
  'of its lines': [
    ['a wrong cent',                     ({ done }) => `update order_lines set net_minor = net_minor + 1 where id = ${line(done, 'CUP')}`, { 'replay.lines': ({ done }) => ({ order: done, column: 'net_minor' }), 'money.lines': ({ done }) => ({ order: done, column: 'net_minor' }) }],
    ['a wrong tax',                      ({ done }) => `update order_lines set tax_minor = tax_minor + 1 where id = ${line(done, 'JAM')}`, { 'replay.lines': ({ done }) => ({ order: done, column: 'tax_minor' }), 'money.lines': ({ done }) => ({ order: done, column: 'tax_minor' }) }],
    ['a discount that is shared twice',  ({ done }) => `update order_lines set discount_minor = discount_minor + 1, net_minor = net_minor - 1 where id = ${line(done, 'JAM')}`, { 'money.lines': ({ done }) => ({ order: done }) }],
    ['a counter that moved by itself',   ({ open }) => `update order_lines set picked_milli = 1000 where id = ${line(open, 'TEA')}`, { 'replay.lines': ({ open }) => ({ order: open, column: 'picked_milli', stored: '1000', expected: '0' }) }],
    ['more returned than came back',     ({ done }) => `update order_lines set returned_milli = returned_milli + 1 where id = ${line(done, 'CUP')}`, { 'replay.lines': ({ done }) => ({ order: done, column: 'returned_milli' }), 'money.returns': ({ done }) => ({ order: done, column: 'returned_milli' }) }],
    ['a line that is gone',              ({ open }) => `delete from order_lines where id = ${line(open, 'TEA')}`, { 'replay.lines': ({ open }) => ({ order: open, why: 'its row is gone' }), 'reservations.live': ({ open }) => ({ order: open }) }],
    ['a line moved to another order',    ({ open, cancelled }) => `update order_lines set order_id = '${cancelled}' where id = ${line(open, 'TEA')}`, { 'replay.lines': ({ cancelled }) => ({ order: cancelled, why: 'no event tells of it' }) }],
  ],
  'of money': [
    ['a wrong cent in the ledger',       () => `update money_entries set amount_minor = amount_minor - 1 where kind = 'capture'`, { 'money.ledger': ({ done }) => ({ order: done, column: 'amount_minor' }), 'money.sums': ({ done }) => ({ order: done, column: 'captured_minor' }) }],
    ['an entry that is gone',            () => `delete from money_entries where kind = 'refund'`, { 'money.ledger': ({ done }) => ({ order: done, why: 'its row is gone' }), 'money.sums': ({ done }) => ({ order: done }) }],
    ['an entry nobody made',             () => `insert into money_entries select (jsonb_populate_record(m, '{"id": "00000000-0000-7000-8000-000000000002", "reference": "x"}')).* from money_entries m where id = ${capture}`, { 'money.ledger': ({ done }) => ({ order: done, id: '00000000-0000-7000-8000-000000000002', why: 'no event tells of it' }) }],
    ['another reference',                () => `update money_entries set reference = 'txn-2' where id = ${capture}`, { 'money.ledger': ({ done }) => ({ order: done, column: 'reference', stored: 'txn-2', expected: 'txn-1' }) }],
    ['more given back than was taken',   () => `update money_entries set amount_minor = -100000 where kind = 'refund'`, { 'money.sums': ({ done }) => ({ order: done, why: 'more was refunded than captured' }) }],
    ['one reference on two payments',    () => `drop index money_entries_by_reference; insert into money_entries select (jsonb_populate_record(m, '{"id": "00000000-0000-7000-8000-000000000002"}')).* from money_entries m where id = ${capture}`, { 'outside.ids': () => ({ of: 'payment', outside: 'txn-1', times: 2 }) }],
    ['money of no order and no return',  () => `update money_entries set order_id = null, return_id = gen_random_uuid() where kind = 'refund'`, { 'money.ledger': () => ({ why: 'there is no such return' }) }],
    ['a wrong total of a return',        ({ looseReturn }) => `update returns set total_minor = total_minor + 1 where id = '${looseReturn}'`, { 'replay.returns': ({ looseReturn }) => ({ id: looseReturn, column: 'total_minor' }), 'money.returns': ({ looseReturn }) => ({ return: looseReturn, column: 'total_minor' }) }],
    ['a wrong cent in a line of a return', ({ return: id }) => `update return_lines set amount_minor = amount_minor + 1 where return_id = '${id}'`, { 'replay.returns': ({ return: id }) => ({ return: id, column: 'amount_minor' }), 'money.returns': ({ done, return: id }) => ({ order: done, return: id }) }],
    ['a return that is gone',            ({ return: id }) => `delete from returns where id = '${id}'; delete from return_lines where return_id = '${id}'`, { 'replay.returns': ({ return: id }) => ({ id, why: 'its row is gone' }), 'money.returns': ({ return: id }) => ({ return: id, why: 'its lines are gone' }) }],
  ],
  'of an item': [
    ['another price',                    () => `update variants set price_micro = price_micro + 1 where code = 'JAM'`, { 'replay.items': () => ({ workspace: 'shop', column: 'variants.0.priceMicro', stored: '4990001', expected: '4990000' }) }],
    ['another recipe',                   () => `update recipe_parts set milli_num = milli_num + 1`, { 'replay.items': () => ({ workspace: 'shop', column: 'recipe.parts.0.milliNum' }) }],
    ['an item that is gone',             () => `delete from variants where code = 'WRAP'; delete from items where code = 'WRAP'`, { 'replay.items': () => ({ workspace: 'shop', why: 'its row is gone' }) }],
  ],
  'of stock': [
    ['a unit too many',                  () => `update stock set on_hand_milli = on_hand_milli + 1000 where item_id = (select id from items where code = 'CUP')`, { 'stock.on_hand': () => ({ workspace: 'shop' }) }],
    ['a unit reserved for nobody',       () => `update stock set reserved_milli = reserved_milli + 1 where item_id = (select id from items where code = 'TEA')`, { 'stock.reserved': () => ({ workspace: 'shop' }) }],
    ['a level that is gone',             () => `delete from stock where item_id = (select id from items where code = 'JAM')`, { 'stock.on_hand': () => ({ workspace: 'shop', stored: 0 }) }],
    ['less on hand than is reserved',    () => `alter table stock drop constraint stock_is_not_oversold; update stock set on_hand_milli = reserved_milli - 1 where item_id = (select id from items where code = 'TEA')`, { 'stock.bounds': () => ({ workspace: 'shop' }) }],
    ['a movement of another size',       ({ done }) => `update movements set delta_milli = delta_milli - 1 where id = ${moved(done)}`, { 'replay.movements': () => ({ column: 'delta_milli' }), 'stock.on_hand': () => ({ workspace: 'shop' }), 'reservations.consumed': ({ done }) => ({ order: done }) }],
    ['a movement that is gone',          ({ done }) => `delete from movements where id = ${moved(done)}`, { 'replay.movements': () => ({ why: 'its row is gone' }), 'reservations.consumed': ({ done }) => ({ order: done, movement: null }) }],
    ['a movement of an order that nothing tells of', ({ done }) => `insert into movements select (jsonb_populate_record(m, '{"id": "00000000-0000-7000-8000-000000000003"}')).* from movements m where id = ${moved(done)}`, { 'replay.movements': () => ({ id: '00000000-0000-7000-8000-000000000003', why: 'no event tells of it' }), 'stock.on_hand': () => ({ workspace: 'shop' }) }],
    ['a movement that nothing tells of', () => `insert into movements select (jsonb_populate_record(m, '{"id": "00000000-0000-7000-8000-000000000003"}')).* from movements m where kind = 'write_off'`, { 'replay.movements': () => ({ id: '00000000-0000-7000-8000-000000000003', why: 'no event tells of it' }) }],
    ['another cost',                     () => `update movements set unit_cost_micro = 1 where kind = 'receipt' and external_id = 'delivery-7'`, { 'replay.movements': () => ({ column: 'unit_cost_micro', stored: '1' }) }],
    ['a reservation of another size',    ({ open }) => `update reservations set milli = milli + 1 where id = ${held(open)}`, { 'replay.reservations': () => ({ column: 'milli' }), 'stock.reserved': () => ({ workspace: 'shop' }) }],
    ['a reservation that ended in silence', ({ open }) => `update reservations set state = 'released', ended_at = now() where id = ${held(open)}`, { 'replay.reservations': () => ({ column: 'state', stored: 'released', expected: 'open' }) }],
    ['a reservation that is gone',       ({ open }) => `delete from reservations where id = ${held(open)}`, { 'replay.reservations': () => ({ why: 'its row is gone' }) }],
    ['a reservation nobody made',        ({ open }) => `insert into reservations select (jsonb_populate_record(r, '{"id": "00000000-0000-7000-8000-000000000004"}')).* from reservations r where id = ${held(open)}`, { 'replay.reservations': () => ({ id: '00000000-0000-7000-8000-000000000004', why: 'no event tells of it' }) }],
    ['a reservation that outlived its order', ({ cancelled }) => `update reservations set state = 'open', ended_at = null where id = ${held(cancelled)}`, { 'reservations.live': ({ cancelled }) => ({ order: cancelled, stage: 'CANCELED' }) }],
    ['what is kept for nobody',          ({ kept }) => `update reservations set milli = milli - 1 where id = '${kept}'`, { 'replay.reservations': ({ kept }) => ({ id: kept, column: 'milli' }) }],
    ['what is kept and given back in silence', ({ kept }) => `update reservations set state = 'expired', ended_at = now() where id = '${kept}'`, { 'replay.reservations': ({ kept }) => ({ id: kept, column: 'state', stored: 'expired', expected: 'open' }) }],
  ],
  'of the log': [
    ['an edited cent',                   ({ done }) => `update events set payload = replace(payload, '"totalMinor":', '"totalMinor":1') where subject_id = '${done}' and seq = 1`, { 'log.commits': () => ({ workspace: 'shop', why: 'its events are not those it was made from' }), 'replay.orders': ({ done }) => ({ order: done, column: 'total_minor' }) }],
    ['another actor',                    ({ open }) => `update events set actor_id = gen_random_uuid() where subject_id = '${open}' and seq = 3`, { 'log.commits': () => ({ workspace: 'shop' }) }],
    ['another moment of recording',      ({ open }) => `update events set recorded_at = recorded_at - interval '1 s' where subject_id = '${open}' and seq = 3`, { 'log.commits': ({ open }) => ({ subject: open, seq: 3 }) }],
    ['an event that is gone',            ({ open }) => `delete from events where subject_id = '${open}' and seq = 3`, { 'log.sequences': ({ open }) => ({ id: open }), 'log.commits': () => ({ why: 'events are missing or too many' }), 'replay.orders': ({ open }) => ({ order: open, seq: 4 }) }],
    ['the last event gone',              ({ open }) => `delete from events e where subject_id = '${open}' and seq = (select seq from orders where id = '${open}')`, { 'log.commits': () => ({ why: 'events are missing or too many' }), 'replay.orders': ({ open }) => ({ order: open, column: 'seq' }) }],
    ['an added event',                   ({ open }) => `insert into events select (jsonb_populate_record(e, jsonb_build_object('seq', e.seq + 1, 'ordinal', 77))).* from events e where subject_id = '${open}' order by seq desc limit 1`, { 'log.commits': () => ({ why: 'events are missing or too many' }), 'replay.orders': ({ open }) => ({ order: open, column: 'seq' }) }],
    ['an added event with a commit nobody made', ({ open }) => `insert into events select (jsonb_populate_record(e, jsonb_build_object('seq', e.seq + 1, 'commit_id', gen_random_uuid()))).* from events e where subject_id = '${open}' order by seq desc limit 1`, { 'log.commits': ({ open }) => ({ why: 'there is no such commit', subject: open }) }],
    ['two events in another order',      ({ open }) => `update events set seq = case seq when 3 then 1004 else 1003 end where subject_id = '${open}' and seq in (3, 4); update events set seq = seq - 1000 where seq > 1000`, { 'log.commits': () => ({ workspace: 'shop' }) }],
    ['an event in another workspace',    ({ open }) => `update events set workspace_id = (select workspace_id from workspaces where code = 'other') where subject_id = '${open}' and seq = 3`, { 'log.commits': ({ open }) => ({ workspace: 'other', subject: open }), 'log.sequences': ({ open }) => ({ workspace: 'other', id: open }), 'replay.orders': ({ open }) => ({ workspace: 'other', order: open }) }],
    ['an edited digest',                 () => `update commits set digest = sha256('x') where position = 5 and workspace_id = (select workspace_id from workspaces where code = 'shop')`, { 'log.commits': () => ({ workspace: 'shop', position: 5 }), 'log.chain': () => ({ workspace: 'shop', position: 5 }) }],
    ['an edited hash',                   () => `update commits set hash = sha256('x') where position = 7`, { 'log.chain': () => ({ workspace: 'shop', position: 7 }) }],
    ['a commit that is gone',            () => `delete from commits where position = 6`, { 'log.chain': () => ({ workspace: 'shop', position: 7, why: 'position 6 is missing' }), 'log.commits': () => ({ workspace: 'shop', why: 'there is no such commit' }) }],
    ['two commits in another order',     () => `update commits set position = position + 1000 where position in (8, 9); update commits set position = 1017 - position where position > 1000`, { 'log.chain': () => ({ workspace: 'shop', position: 8 }) }],
    ['a commit unsealed again',          () => `update commits set position = null, hash = null where position = 10`, { 'log.chain': () => ({ position: 11, why: 'position 10 is missing' }) }],
    ['a tail that nobody seals',         () => `${aProcessWorks}; update commits set position = null, hash = null, recorded_at = now() - interval '2 min' where position = (select max(position) from commits c where c.workspace_id = commits.workspace_id)`, { 'log.tail': () => ({ workspace: 'shop' }) }],
    ['more handed over than was ordered', ({ done }) => `update events set payload = regexp_replace(payload, '"milli":(\\d+)', '"milli":9\\1') where subject_id = '${done}' and type = 'LinesCounted' and payload like '%handedOver%'`, { 'orders.counters': ({ done }) => ({ order: done }) }],
    ['a move that the phases forbid',    ({ cancelled }) => `update events set payload = replace(payload, '"toPhase":"cancelled"', '"toPhase":"moving"') where subject_id = '${cancelled}' and type = 'StageChanged'`, { 'orders.stages': ({ cancelled }) => ({ order: cancelled, why: 'open may not lead to moving' }) }],
    ['a move that the workflow has not', ({ open }) => `update events set payload = replace(payload, '"on":"start"', '"on":"jump"') where subject_id = '${open}' and type = 'StageChanged'`, { 'orders.stages': ({ open }) => ({ order: open, why: 'the workflow has no move jump from AWAITING_PROCESSING to IN_PROCESS' }) }],
    ['a workflow version that is gone',  () => `delete from workflows where code = 'counter'`, { 'orders.stages': ({ open }) => ({ order: open }), 'workspaces.references': () => ({ reference: 'orders.workflow_code+workflow_version' }) }],
    ['a key that stands for nothing',    () => `update idempotency_keys set subject_id = gen_random_uuid()`, { 'keys.subjects': () => ({ workspace: 'other', key: 'k-1' }) }],
  ],
  'of what is owed': [
    ['work without an alarm',            () => `${aProcessWorks}; delete from graphile_worker._private_jobs; update owed set due_at = now() - interval '2 min'`, { 'owed.alarms': () => ({ kind: 'wake_orders', state: 'due' }) }],
    ['work in the hands of the dead',    () => `${aProcessWorks}; update owed set state = 'claimed', claimed_by = gen_random_uuid(), claimed_at = now() - interval '2 min'`, { 'owed.alarms': () => ({ kind: 'wake_orders', state: 'claimed' }) }],
    ['a timer nobody fires',             ({ open }) => `${aProcessWorks}; update timers set due_at = now() - interval '2 min' where order_id = '${open}'`, { 'owed.timers': ({ open }) => ({ order: open }) }],
  ],
  'of many at once': [
    ['an order done that was not',       () => `update bulk_items set seq_after = seq_after + 1 where order_id = (select min(order_id::text)::uuid from bulk_items)`, { 'bulk.items': () => ({ why: 'its commit tells no such events of the order' }) }],
    ['an order done twice',              () => `update bulk_items set seq_before = seq_before - 1 where state = 'applied'`, { 'bulk.items': () => ({ why: 'its commit tells no such events of the order' }) }],
    ['an order that is no longer of it', () => `delete from bulk_items where order_id = (select min(order_id::text)::uuid from bulk_items)`, { 'bulk.jobs': () => ({ why: 'its orders say otherwise', stored: '3 3 0 0 0', expected: '2 2 0 0 0' }) }],
    ['an order that it skipped',         () => `update bulk_items set state = 'skipped', reason_code = 'order.held', commit_id = null where order_id = (select min(order_id::text)::uuid from bulk_items)`, { 'bulk.jobs': () => ({ why: 'its orders say otherwise', expected: '3 2 0 1 0' }) }],
    ['a job that goes on in silence',    () => `update bulk_jobs set state = 'running', ended_at = null`, { 'bulk.jobs': () => ({ stored: 'running', why: 'nobody owes it its next step' }) }],
    ['a piece of a file that is gone',   () => `delete from export_chunks`, { 'exports.pieces': ({ file }) => ({ export: file, state: 'ready', pieces: 0 }) }],
    ['a file that should be gone',       () => `update exports set state = 'expired'`, { 'exports.pieces': ({ file }) => ({ export: file, state: 'expired', pieces: 1 }) }],
    ['a move taken back that was none',  ({ open }) => `update events set type = 'MoveUndone', payload = '{"at":"2026-01-01T00:00:00.000Z","dueAt":null,"endReason":null,"enteredBy":null,"fields":{},"from":"AWAITING_PROCESSING","fromPhase":"open","to":"PACKED_READY","toPhase":"ready","undoes":"start"}' where subject_id = '${open}' and type = 'StageChanged'`, { 'orders.stages': ({ open }) => ({ order: open, why: 'the workflow has no move start from PACKED_READY to AWAITING_PROCESSING to be taken back' }) }],
  ],
  'of isolation': [
    ['a place of the neighbour',         ({ done }) => `update movements set location_id = (select l.id from locations l join workspaces w using (workspace_id) where w.code = 'other') where id = ${moved(done)}`, { 'workspaces.references': () => ({ workspace: 'shop', reference: 'movements.location_id' }) }],
    ['an item of the neighbour',         ({ open }) => `update order_lines set item_id = (select id from items where code = 'HAT') where order_id = '${open}'`, { 'workspaces.references': () => ({ workspace: 'shop', reference: 'order_lines.item_id' }) }],
    ['a member at a neighbour’s place',  () => `update memberships set location_ids = array(select l.id from locations l join workspaces w using (workspace_id) where w.code = 'other') where role = 'staff'`, { 'workspaces.references': () => ({ workspace: 'shop', reference: 'memberships.location_ids' }) }],
    ['a row of no workspace',            ({ open }) => `update notes set workspace_id = gen_random_uuid() where order_id = '${open}'`, { 'workspaces.references': () => ({ reference: 'notes.workspace_id', why: 'there is no such workspace' }) }],
    ['a changed migration',              () => `update schema_migrations set checksum = 'x' where name like '0001%'`, { 'schema.migrations': () => ({ migration: '0001_foundation.sql', stored: 'x' }) }],
    ['a policy that lets all see',       () => `create policy easy on orders to docket_app using (true)`, { 'workspaces.isolation': () => ({ of: 'orders', why: 'policy easy is not as it was made' }) }],
    ['a policy that was loosened',       () => `alter policy app_workspace on orders using (true)`, { 'workspaces.isolation': () => ({ of: 'orders', why: 'policy app_workspace is not as it was made' }) }],
    ['a right to forget',                () => `grant delete on events to docket_app`, { 'workspaces.isolation': () => ({ of: 'docket_app', why: 'it may delete events' }) }],
  ],
}

describe.each(Object.entries(faults))('%s, verify names', (_, some) => {
  test.concurrent.each(some)('%s', (...fault) => namesIt(fault))
})
