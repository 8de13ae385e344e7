/** What the load generator is told at its start. */
export interface Plan {
  host: string
  port: number
  apiKey: string
  seed: number
  connections: number
  /** Items that orders draw from, three different ones an order; exactly three = every order wants the same. */
  items: string[]
  /** Orders a request: null = one, by `POST /orders`; else that many at least and at most, by `POST /orders/batch`. */
  batch: { least: number; most: number } | null
  /** Either as long as this, or as many requests as that. */
  until: { warmUpMs: number; measureMs: number } | { requests: number }
}

/** What the generator tells while it runs; latencies are of answers that came within the measured time. */
export type Told =
  | { what: 'measuring' }
  | { what: 'measured' }
  | { what: 'done'; seconds: number; placedMeasured: number; latenciesMs: number[]; placed: string[]; refused: Record<string, number> }
