import type { Detail, Money, MoneyEntry, OrderRow } from '#modules/orders/index.ts'
import type { OrderRecords } from './compare-order.ts'
import { firstDifference } from './compare-rows.ts'
import type { Told } from './retell-order.ts'
import type { Row } from './snapshot.ts'
import { lineAt, orderAt } from './tables.ts'
import type { Example, Tally } from './tally.ts'

const moneyOf = {
  authorise: 'authorisedMinor',
  void: 'authorisedMinor',
  capture: 'capturedMinor',
  refund: 'refundedMinor',
  write_off: 'writtenOffMinor',
  rounding: 'roundingMinor',
  points: 'pointsMinor',
} as const satisfies Record<MoneyEntry['kind'], keyof Money>

/** Sums over rows alone: the ledger against the order, the lines against the order. */
export function checkSums(tally: Tally, of: Example, row: Row, { lines, money }: OrderRecords): void {
  tally.checked('money.sums', 1)
  tally.checked('money.lines', 1)
  const sums: Money = { authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, writtenOffMinor: 0, roundingMinor: 0, pointsMinor: 0 }
  for (const [, kind, amount] of money) {
    const sum = moneyOf[kind as MoneyEntry['kind']]
    if (sum) sums[sum] += kind === 'refund' || kind === 'void' ? -Number(amount) : Number(amount)
  }
  const detail = detailOf(row)
  const minor = (column: keyof OrderRow) => Number(row[orderAt[column]])
  const paid = sums.capturedMinor - sums.refundedMinor + sums.writtenOffMinor + sums.roundingMinor + sums.pointsMinor
  // biome-ignore format: read it by column
  const bySums: Sum[] = [
    ['captured_minor', minor('captured_minor'), sums.capturedMinor],
    ['refunded_minor', minor('refunded_minor'), sums.refundedMinor],
    ['balance_minor',  minor('balance_minor'),  minor('total_minor') - (detail?.creditedMinor ?? 0) - paid],
    ...Object.entries(sums).map(([name, sum]): Sum => [`detail.money.${name}`, detail?.money[name as keyof Money] ?? 0, sum]),
  ]
  sayFirst(tally, 'money.sums', of, bySums)
  if (sums.refundedMinor > sums.capturedMinor)
    tally.wrong('money.sums', { ...of, why: 'more was refunded than captured', captured: sums.capturedMinor, refunded: sums.refundedMinor })

  let [gross, discounts, shared, tax, net] = [0, 0, 0, 0, 0]
  for (const line of lines) {
    const amount = (column: keyof typeof lineAt) => Number(line[lineAt[column]])
    gross += amount('gross_minor')
    if (line[lineAt.kind] === 'discount') discounts -= amount('gross_minor')
    shared += amount('discount_minor')
    tax += amount('tax_minor')
    net += amount('net_minor')
    const expected = amount('gross_minor') - amount('discount_minor') + (line[lineAt.tax_included] === 't' ? 0 : amount('tax_minor'))
    if (amount('net_minor') !== expected)
      tally.wrong('money.lines', { ...of, line: line[lineAt.id] ?? '', column: 'net_minor', stored: amount('net_minor'), expected })
  }
  // biome-ignore format: read it by column
  sayFirst(tally, 'money.lines', of, [
    ['gross_minor',      minor('gross_minor'),    gross + discounts],
    ['discount_minor',   minor('discount_minor'), discounts],
    ['tax_minor',        minor('tax_minor'),      tax],
    ['total_minor',      minor('total_minor'),    net],
    ['shared discounts', shared,                  0],
  ])
}

type Sum = [what: string, stored: number, expected: number]

function sayFirst(tally: Tally, invariant: 'money.sums' | 'money.lines', of: Example, sums: readonly Sum[]): void {
  const wrong = sums.find(([, stored, expected]) => stored !== expected)
  if (wrong) tally.wrong(invariant, { ...of, column: wrong[0], stored: wrong[1], expected: wrong[2] })
}

function detailOf(row: Row): Pick<Detail, 'creditedMinor' | 'money'> | null {
  try {
    return JSON.parse(row[orderAt.detail] ?? 'null') as Detail | null
  } catch {
    // What is damaged so far is named by the replay of the row.
    return null
  }
}

/** What came back: counter of the line, lines of return documents and the order's own events say the same. */
export function checkReturned(tally: Tally, of: Example, { returns }: Told, { lines, returned }: OrderRecords): void {
  tally.checked('money.returns', returned.length)
  const byLine = new Map<string, number>()
  const documents = new Map<string, { credit: number; milli: Map<string, number> }>()
  for (const [returnId, lineId, milli, amount] of returned) {
    byLine.set(lineId ?? '', (byLine.get(lineId ?? '') ?? 0) + Number(milli))
    const document = documents.get(returnId ?? '') ?? { credit: 0, milli: new Map<string, number>() }
    document.credit += Number(amount)
    document.milli.set(lineId ?? '', (document.milli.get(lineId ?? '') ?? 0) + Number(milli))
    documents.set(returnId ?? '', document)
  }
  for (const line of lines) {
    const id = line[lineAt.id] ?? ''
    const difference = firstDifference(['returned_milli'], [line[lineAt.returned_milli] ?? null], [byLine.get(id) ?? 0])
    if (difference) tally.wrong('money.returns', { ...of, line: id, ...difference })
  }
  for (const [id, told] of returns) {
    const document = documents.get(id)
    documents.delete(id)
    if (!document) tally.wrong('money.returns', { ...of, return: id, why: 'its lines are gone' })
    else if (document.credit !== told.credit)
      tally.wrong('money.returns', { ...of, return: id, column: 'amount_minor', stored: document.credit, expected: told.credit })
    else if ([...told.milli].some(([lineId, milli]) => document.milli.get(lineId) !== milli))
      tally.wrong('money.returns', { ...of, return: id, why: 'other quantities than the order was told' })
  }
  for (const id of documents.keys()) tally.wrong('money.returns', { ...of, return: id, why: 'the order does not know of it' })
}
