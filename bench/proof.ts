import type pg from 'pg'
import { docketCommand } from './docket.ts'
import { inWorkspace } from './look.ts'
import type { Bench } from './row.ts'
import type { Shop } from './shop.ts'

/** What must be true after the load: the orders are those that were answered, each once; no shelf gave more than it had; `verify` agrees. */
export async function prove(pool: pg.Pool, folder: string, shop: Shop, placed: readonly string[], { say }: Bench): Promise<boolean> {
  const [found] = await inWorkspace<{ orders: number; answered: number; keys: number; oversold: number; adrift: number }>(
    pool,
    shop.workspaceId,
    `select (select count(*) from orders)::int as orders, (select count(*) from orders where id = any($1::uuid[]))::int as answered,
      (select count(distinct subject_id) from idempotency_keys where route in ('placeOrder', 'placeOrders'))::int as keys,
      (select count(*) from stock where reserved_milli > on_hand_milli)::int as oversold,
      (select count(*) from stock s where reserved_milli <> (select coalesce(sum(milli), 0) from reservations r
        where r.state = 'open' and r.item_id = s.item_id and r.location_id = s.location_id and r.lot_id = s.lot_id))::int as adrift`,
    [placed],
  )
  const once = new Set(placed).size === placed.length
  const same =
    found !== undefined && once && found.orders === placed.length && found.answered === placed.length && found.keys === placed.length
  const held = same && found.oversold === 0 && found.adrift === 0
  if (!held) say(`NOT TRUE: ${placed.length} orders were answered with 2xx; found ${JSON.stringify(found)}`)
  return (await isVerified(folder, shop, say)) && held
}

/** Whether `docket verify` finds nothing in this workspace; what it finds is said. */
export async function isVerified(folder: string, { code }: Shop, say: (line: string) => void): Promise<boolean> {
  const verified = await docketCommand(folder, ['verify', '--workspace', code, '--json'])
  say(`verify: ${verified.output.trimEnd().split('\n').at(-1)}`)
  if (verified.exitCode !== 0)
    say(
      verified.output
        .split('\n')
        .filter((line) => line.includes('"examples":[{'))
        .join('\n'),
    )
  return verified.exitCode === 0
}
