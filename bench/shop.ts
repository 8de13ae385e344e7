import { client } from '#sdk/client.ts'
import { type Docket, docketCommand } from './docket.ts'

/** A workspace with goods on the shelf. */
export interface Shop {
  workspaceId: string
  code: string
  apiKey: string
  /** Codes of the items, each with the same stock. */
  items: string[]
}

const itemsAtOnce = 8
const receiptsAtOnce = 200

/** Opens a counter shop and puts `pieces` of each of `count` items on its shelf, all through the doors that everybody uses. */
export async function openShop(
  docket: Docket,
  folder: string,
  { code, count, pieces }: { code: string; count: number; pieces: number },
): Promise<Shop> {
  const made = await docketCommand(folder, [
    'workspace',
    'create',
    code,
    '--blueprint',
    'counter',
    '--time-zone',
    'Europe/Madrid',
    '--json',
  ])
  if (made.exitCode !== 0) throw new Error(`The workspace was not made: ${made.output}`)
  // What `workspace create --json` answers.
  const { workspaceId, apiKey } = made.last as { workspaceId: string; apiKey: string }
  const items = Array.from({ length: count }, (_, i) => `SKU-${String(i).padStart(4, '0')}`)
  const shop = { workspaceId, code, apiKey, items }
  await stockItems(docket, shop, items, pieces)
  return shop
}

/** Makes items and receives `pieces` of each at the location `main`. */
export async function stockItems(docket: Docket, { apiKey }: Shop, items: readonly string[], pieces: number): Promise<void> {
  const api = client({ url: docket.url, apiKey })
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    const made = await Promise.all(
      items.slice(at, at + itemsAtOnce).map((code, i) =>
        api.call('createItem', {
          body: {
            code,
            name: `Item ${code}`,
            category: 'shelf',
            kind: 'goods',
            stocked: 'own',
            variants: [{ code, contentMilli: 1_000, priceMicro: (1 + ((at + i) % 40)) * 250_000, currency: 'EUR' }],
          },
        }),
      ),
    )
    const bad = made.find((one) => !one.ok)
    if (bad && !bad.ok) throw new Error(`An item was not made: ${JSON.stringify(bad.problem)}`)
  }
  for (let at = 0; at < items.length; at += receiptsAtOnce) {
    const adjustments = items
      .slice(at, at + receiptsAtOnce)
      .map((item) => ({ kind: 'receipt', item, location: 'main', deltaMilli: pieces * 1_000, unitCostMicro: 200_000 }) as const)
    const received = await api.call('adjustStock', { body: { adjustments }, idempotencyKey: `stock ${items[at]}` })
    if (!received.ok || received.body.results.some((result) => result.status >= 300))
      throw new Error(`Stock was not received: ${JSON.stringify(received).slice(0, 500)}`)
  }
}
