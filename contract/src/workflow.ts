import type { Permission } from './permissions.ts'

/** Words in the reader's language; English is required, because it is what everyone falls back to. */
export interface Label {
  en: string
  [language: string]: string
}

export const phases = ['draft', 'open', 'working', 'ready', 'moving', 'done', 'cancelled', 'rejected'] as const
/** What an order's state means everywhere; a stage is where it stands in its own workflow. */
export type Phase = (typeof phases)[number]

/**
 * The life every workflow keeps to: a row says where an order is, its cells where it may go. A definition with a move this
 * table forbids cannot be published. From stage to stage within one phase is always allowed.
 *
 * | phase     | meaning                                                                                     |
 * | draft     | not placed (kiosk basket, offline draft)                                                    |
 * | open      | accepted, waiting                                                                           |
 * | working   | someone or something is on it                                                               |
 * | ready     | packed, waiting for hand-over                                                               |
 * | moving    | on its way; cancelled from here means lost or sent back                                     |
 * | done      | finished; open again with a reason, cancelled when voided at its source (a return follows)  |
 * | cancelled | ended without it; open again with a reason                                                  |
 * | rejected  | ended without it, refused by us; open again with a reason                                   |
 */
// biome-ignore format: read it by column
export const mayLeadTo: Record<Phase, readonly Phase[]> = {
  draft:     ['open', 'cancelled'],
  open:      ['working', 'ready', 'done', 'cancelled', 'rejected'],
  working:   ['open', 'ready', 'moving', 'done', 'cancelled', 'rejected'],
  ready:     ['working', 'moving', 'done', 'cancelled'],
  moving:    ['ready', 'done', 'cancelled'],
  done:      ['open', 'cancelled'],
  cancelled: ['open'],
  rejected:  ['open'],
}

/**
 * What a stage does when it is entered, or a move when it is made. The code behind a word is the order core's;
 * a definition may only call it.
 *
 * | word            | what follows                                                                     |
 * | reserve_stock   | take stock for everything still open, as `onShort` says                          |
 * | release_stock   | give back everything reserved                                                    |
 * | consume_stock   | what is reserved leaves the stock (materials into production)                    |
 * | count_made, count_picked, count_packed | the counter of that name rises to everything still open |
 * | count_delivered | everything handed over counts as delivered                                       |
 * | hand_over       | what is open is handed over and leaves the stock                                 |
 * | cancel_open     | what is open is cancelled and its stock given back                               |
 * | restore_lines   | what was cancelled is open again (stock is not taken: add reserve_stock)         |
 * | raise_attention | a person is needed                                                               |
 * | clear_attention | no longer                                                                        |
 */
export const effectWords = [
  'reserve_stock',
  'release_stock',
  'consume_stock',
  'count_made',
  'count_picked',
  'count_packed',
  'count_delivered',
  'hand_over',
  'cancel_open',
  'restore_lines',
  'raise_attention',
  'clear_attention',
] as const
export type EffectWord = (typeof effectWords)[number]

export interface Stage {
  phase: Phase
  label: Label
  /** Nobody acted in time: after this ISO 8601 duration the timer `on` fires a move, or raises attention where no move takes it. */
  late?: { after: string; on: string }
  entering?: EffectWord[]
  /** Sets the order's due time this long after entering, unless the customer asked for a time. */
  due?: string
}

export interface Guard {
  /** A CEL expression over the fact registry that must be true. */
  when: string
  /** Shown when it is not. */
  because: Label
}

export interface Move {
  from: string | string[]
  /** The word of the action, timer or event that makes it; for automatic moves a name for the record. */
  on: string
  by?: 'action' | 'timer' | 'event' | 'auto'
  to: string
  label?: Label
  guards?: Guard[]
  /** Actions without one need `orders:move` (`cancel`: `orders:cancel`, `reopen`: `orders:reopen`). */
  permission?: Permission
  /** What must come with the action: `reason` (a code of the workspace's list), or `field.<name>` (a custom field, sent or already set). */
  requires?: string[]
  /** Whoever brought the order into this stage may not be the one who makes the move. */
  fourEyes?: boolean
  effects?: EffectWord[]
}

export interface Example {
  name: string
  /** What is so from the start: known when it is placed (`stock_is_short`, `customer_is_known`) or done right after (`paid`, `on_hold`). */
  facts?: ExampleFact[]
  /** Actions, timers and events in order, and what else may happen meanwhile (`exampleTurns`). Automatic moves run after each. */
  events: string[]
  ends: string
  /** The last event, which must be refused. */
  refused?: string
}
export const exampleFacts = ['stock_is_short', 'customer_is_known', 'paid', 'on_hold'] as const
export type ExampleFact = (typeof exampleFacts)[number]
/** What happens to an order in an example without being a move: what was missing arrives, the balance is paid, a hold opens or closes. */
export const exampleTurns = ['stock_arrives', 'payment_arrives', 'hold_opens', 'hold_closes'] as const
export type ExampleTurn = (typeof exampleTurns)[number]

/** A workflow as data: immutable once published; an order keeps the version it was placed under. */
export interface Definition {
  code: string
  label: Label
  initial: string
  /** What a shortage does at placing: refuse the order, keep it waiting, or accept it with a shortfall. */
  onShort: 'refuse' | 'wait' | 'accept'
  /** While waiting: take what is free, or nothing until everything is there. */
  whileWaiting?: 'take_free' | 'take_nothing'
  stages: Record<string, Stage>
  moves: Move[]
  examples: Example[]
}
