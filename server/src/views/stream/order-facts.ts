import type { OrderFacts, Searched } from '#contract/filter/order-fields.ts'
import { endOfPhone, wordsIn } from '#contract/filter/words.ts'
import type { Db } from '#platform/db.ts'

/**
 * What filters ask of these orders, by id, read once for all filters and by nothing but keys. Their words, which are in several tables, are
 * read only where somebody looks for words.
 */
export async function factsOf(
  db: Db,
  workspaceId: string,
  orderIds: readonly string[],
  withWords: boolean,
): Promise<ReadonlyMap<string, OrderFacts>> {
  const [orders, lines, people] = await Promise.all([
    ordersAsked(db, workspaceId, orderIds),
    linesAsked(db, workspaceId, orderIds),
    withWords ? peopleAsked(db, workspaceId, orderIds) : [],
  ])
  const goods = withWords ? await goodsAsked(db, workspaceId, [...new Set(lines.flatMap(({ itemId }) => itemId ?? []))]) : []
  const goodsById = new Map(goods.map((one) => [one.id, one]))
  const linesByOrder = Map.groupBy(lines, ({ orderId }) => orderId)
  const peopleByOrder = Map.groupBy(people, ({ orderId }) => orderId)
  return new Map(
    orders.map(({ id, fields, ...order }) => {
      const own = linesByOrder.get(id) ?? []
      const texts = Object.values(fields).filter((value) => typeof value === 'string')
      const words: Searched[] = [
        ...(peopleByOrder.get(id) ?? []).map(wordsOfPerson),
        ...own.flatMap(({ itemId }) => wordsOfGoods(goodsById.get(itemId ?? ''))),
        { in: 'exact', words: [id, ...(order.external === null ? [] : [order.external])] },
        { in: 'beginning', words: texts },
      ]
      return [id, { ...order, age: order.placed, item: own.map(({ code }) => code), field: fields, words }]
    }),
  )
}

type OrderAsked = Omit<OrderFacts, 'age' | 'item' | 'field' | 'words'> & { id: string; fields: OrderFacts['field'] }

function ordersAsked(db: Db, workspaceId: string, ids: readonly string[]): Promise<OrderAsked[]> {
  return db.query({
    name: 'stream_orders_asked',
    text: `select o.id, o.number, o.stage, o.phase, o.payment, o.fulfilment, o.channel, o.source, o.location_id as location, o.register_id as register, o.owner_id as owner,
        o.assignee_id as assignee, o.customer_id as customer, o.customer_tier as tier, o.customer_segment as segment, o.external_id as external, o.attention, o.priority, o.currency,
        o.total_minor as total, o.balance_minor as balance, o.captured_minor as paid, o.refunded_minor as refunded, o.at as placed, o.recorded_at as recorded, o.updated_at as updated,
        o.due_at as due, o.wanted_from as wanted, o.business_date as day, o.stage_entered_at as waiting, o.holds, o.short,
        array(select t.tag from order_tags t where t.workspace_id = $1 and t.order_id = o.id) as tag,
        (select coalesce(json_object_agg(f.field, coalesce(to_json(f.text_value), to_json(f.int_value), json_build_object('at', f.time_value))), '{}')
          from order_fields f where f.workspace_id = $1 and f.order_id = o.id) as fields
      from orders o where o.workspace_id = $1 and o.id = any($2::uuid[])`,
    values: [workspaceId, ids],
  })
}

function linesAsked(
  db: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ orderId: string; itemId: string | null; code: string }[]> {
  return db.query({
    name: 'stream_lines_asked',
    text: `select distinct order_id as "orderId", item_id as "itemId", code from order_lines where workspace_id = $1 and order_id = any($2::uuid[])`,
    values: [workspaceId, ids],
  })
}

interface Person {
  orderId: string
  name: string
  email: string
  phone: string
}

function peopleAsked(db: Db, workspaceId: string, ids: readonly string[]): Promise<Person[]> {
  return db.query({
    name: 'stream_people_asked',
    text: `select o.id as "orderId", c.name, c.email, c.phone from orders o join customers c on c.workspace_id = $1 and c.id = o.customer_id
        where o.workspace_id = $1 and o.id = any($2::uuid[])
      union all select order_id, name, email, phone from order_contacts where workspace_id = $1 and order_id = any($2::uuid[])`,
    values: [workspaceId, ids],
  })
}

interface Goods {
  id: string
  code: string
  name: string
  /** Of its variants: codes and barcodes. */
  exact: string[]
}

function goodsAsked(db: Db, workspaceId: string, ids: readonly string[]): Promise<Goods[]> {
  return db.query({
    name: 'stream_goods_asked',
    text: `select i.id, i.code, i.name, array(select v.code from variants v where v.workspace_id = $1 and v.item_id = i.id
          union all select b.barcode from variants v join barcodes b on b.workspace_id = $1 and b.variant_id = v.id where v.workspace_id = $1 and v.item_id = i.id) as exact
      from items i where i.workspace_id = $1 and i.id = any($2::uuid[])`,
    values: [workspaceId, ids],
  })
}

function wordsOfPerson({ name, email, phone }: Person): Searched {
  return { in: 'person', words: [...wordsIn(`${name} ${email} ${phone}`), ...endOfPhone(phone)] }
}

function wordsOfGoods(goods: Goods | undefined): Searched[] {
  if (!goods) return []
  return [
    { in: 'item', words: wordsIn(`${goods.code} ${goods.name}`) },
    { in: 'exact', words: goods.exact },
  ]
}
