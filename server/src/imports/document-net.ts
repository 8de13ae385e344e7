import type { HistoryDocument } from './history.ts'
import { sumMinor } from './line-amounts.ts'

/** Signed minor units; over a whole file of one currency they sum to what its rows are worth. */
export interface DocumentNet {
  placed: number
  returned: number
  refused: number
}

/** What a document adds to the report: what was sold, what was given back (negative; refunds without goods too), what was refused. */
export function documentNet(document: HistoryDocument): DocumentNet {
  switch (document.kind) {
    case 'order':
      return { placed: sumMinor(document.lines), returned: 0 - document.refundedMinor, refused: 0 }
    case 'return':
      return { placed: 0, returned: 0 - sumMinor(document.lines), refused: 0 }
    case 'write_off':
      return { placed: 0, returned: 0, refused: 0 }
    case 'refused':
      return { placed: 0, returned: 0, refused: document.refused.reduce((sum, row) => sum + row.netMinor, 0) }
  }
}
