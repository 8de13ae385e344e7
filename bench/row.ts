/** What one row of the bench found; printed as one JSON line. */
export interface Found {
  value: number
  unit: 'orders/s' | 's' | 'ms' | 'MB' | '×'
  p50Ms?: number
  p95Ms?: number
  p99Ms?: number
  /** The same rows by plain SQL, in the unit of `value`; null where the row writes none. */
  floor: number | null
  /** Whether everything held: nothing oversold, every answer's order there once, `verify` clean. */
  ok: boolean
  /** What else is worth knowing: statements a batch, memory by process. */
  more?: Record<string, number | string>
}

/** What a row is given: where its chance comes from, and whom to tell how it goes. */
export interface Bench {
  seed: number
  say(line: string): void
}

/** A row's line: the agreed fields first, in their order, and what else was found behind them. */
export function lineOf(name: string, seed: number, load: number, { value, unit, p50Ms, p95Ms, p99Ms, floor, ok, more }: Found): string {
  return JSON.stringify({
    name,
    value: rounded(value),
    unit,
    p50Ms: rounded(p50Ms),
    p95Ms: rounded(p95Ms),
    p99Ms: rounded(p99Ms),
    floor: rounded(floor),
    ratio: floor === null ? null : rounded(value / floor),
    seed,
    ok,
    load: rounded(load),
    ...Object.fromEntries(Object.entries(more ?? {}).map(([key, one]) => [key, typeof one === 'number' ? rounded(one) : one])),
  })
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100
}
