import type { Definition } from '#contract/workflow.ts'

/** The smallest shop that shows everything a definition can say; a new one each time, so that a test may break it. */
export function shop(): Definition {
  return {
    code: 'shop',
    label: { en: 'Shop' },
    initial: 'waiting',
    onShort: 'wait',
    stages: {
      gone: { phase: 'cancelled', label: { en: 'Gone' } },
      done: { phase: 'done', label: { en: 'Done', es: 'Hecho' } },
      waiting: {
        phase: 'open',
        label: { en: 'Waiting' },
        late: { after: 'PT30M', on: 'time_is_up' },
        due: 'PT1H',
        entering: ['reserve_stock'],
      },
    },
    moves: [
      { from: 'waiting', on: 'hand_over', to: 'done', requires: ['reason', 'field.gate'], fourEyes: true, effects: ['hand_over'] },
      { from: 'waiting', on: 'time_is_up', by: 'timer', to: 'gone' },
      { from: 'waiting', on: 'cancel', to: 'gone', label: { en: 'Cancel: "now"; {really}' }, effects: ['cancel_open'] },
      { from: 'gone', on: 'reopen', to: 'waiting' },
      { from: 'gone', on: 'found', by: 'event', to: 'waiting', label: { en: 'Found again' } },
      { from: 'gone', on: 'refund', to: 'gone', permission: 'payments:refund' },
    ],
    examples: [
      { name: 'sold', events: ['hand_over'], ends: 'done' },
      { name: 'sold once', events: ['hand_over', 'hand_over'], ends: 'done', refused: 'hand_over' },
    ],
  }
}
