import type { CreateItem } from '#contract/items.ts'
import type { DemoShop, Supply } from '#usecases/demo/demo-shop.ts'
import { counter } from '../blueprints/counter.ts'

// What is sold by weight has a price for each size; everything else one for the piece. Prices in cents.
// biome-ignore format: read it by column
const flower: [code: string, name: string, gram: number, eighth: number, quarter: number][] = [
  ['FL-MESA',    'Blue Mesa',          1_200, 3_800, 7_000],
  ['FL-ORCHARD', 'Old Orchard',        1_100, 3_500, 6_500],
  ['FL-COMET',   'Paper Comet',        1_400, 4_400, 8_200],
  ['FL-LEMON',   'Lemon Lantern',      1_300, 4_200, 7_800],
  ['FL-ALPINE',  'Alpine Static',      1_500, 4_800, 9_000],
  ['FL-VELVET',  'Velvet Harbor',      1_200, 3_900, 7_200],
  ['FL-CINDER',  'Cinder Road',        1_000, 3_200, 5_900],
  ['FL-PRAIRIE', 'Prairie Dog',          900, 2_900, 5_400],
  ['FL-GLACIER', 'Glacier Mint',       1_600, 5_000, 9_400],
  ['FL-SUNDAY',  'Slow Sunday',        1_100, 3_600, 6_700],
]

// biome-ignore format: read it by column
const pieces: [category: string, code: string, name: string, cents: number][] = [
  ['Pre-rolls',   'PR-MESA',     'Blue Mesa pre-roll, 1 g',              900],
  ['Pre-rolls',   'PR-COMET',    'Paper Comet pre-roll, 1 g',          1_000],
  ['Pre-rolls',   'PR-LEMON',    'Lemon Lantern pre-roll, 1 g',          950],
  ['Pre-rolls',   'PR-SUNDAY5',  'Slow Sunday minis, pack of 5',       2_400],
  ['Pre-rolls',   'PR-CINDER3',  'Cinder Road pre-rolls, pack of 3',   2_100],
  ['Pre-rolls',   'PR-INFUSED',  'Infused Alpine pre-roll, 1.2 g',     1_700],
  ['Edibles',     'ED-PEACH',    'Peach gummies, 10 × 10 mg',          1_800],
  ['Edibles',     'ED-BLACK',    'Blackberry gummies, 10 × 10 mg',     1_800],
  ['Edibles',     'ED-CITRUS',   'Citrus gummies 1:1, 20 × 5 mg',      2_200],
  ['Edibles',     'ED-DARK',     'Dark chocolate bar, 100 mg',         2_000],
  ['Edibles',     'ED-SALTED',   'Salted caramel chocolate, 100 mg',   2_100],
  ['Edibles',     'ED-MINTS',    'Peppermints, 40 × 2.5 mg',           1_600],
  ['Edibles',     'ED-CARAMEL',  'Sea salt caramels, 6 × 10 mg',       1_500],
  ['Edibles',     'ED-HONEY',    'Honey sticks, 5 × 10 mg',            1_400],
  ['Drinks',      'DR-GINGER',   'Ginger soda, 10 mg',                   700],
  ['Drinks',      'DR-GRAPE',    'Grapefruit seltzer, 5 mg',             600],
  ['Drinks',      'DR-TEA',      'Hibiscus iced tea, 10 mg',             700],
  ['Drinks',      'DR-COLD',     'Cold brew coffee, 10 mg',              800],
  ['Vapes',       'VP-LEMON',    'Lemon Lantern cartridge, 0.5 g',     2_900],
  ['Vapes',       'VP-MESA',     'Blue Mesa cartridge, 0.5 g',         2_900],
  ['Vapes',       'VP-GLACIER',  'Glacier Mint cartridge, 1 g',        4_900],
  ['Vapes',       'VP-DISPO',    'Slow Sunday disposable, 0.3 g',      2_500],
  ['Vapes',       'VP-BATTERY',  'Cartridge battery',                  1_900],
  ['Concentrates', 'CO-ROSIN',   'Live rosin, 1 g',                    5_500],
  ['Concentrates', 'CO-BADDER',  'Old Orchard badder, 1 g',            3_800],
  ['Concentrates', 'CO-SHATTER', 'Cinder Road shatter, 1 g',           3_000],
  ['Concentrates', 'CO-HASH',    'Bubble hash, 1 g',                   3_400],
  ['Tinctures',   'TI-SLEEP',    'Night tincture with CBN, 30 ml',     4_200],
  ['Tinctures',   'TI-BALANCE',  'Balance tincture 1:1, 30 ml',        3_900],
  ['Tinctures',   'TI-CBD',      'CBD tincture, 30 ml',                3_500],
  ['Topicals',    'TO-BALM',     'Warming balm, 60 ml',                2_600],
  ['Topicals',    'TO-LOTION',   'Unscented lotion, 120 ml',           2_800],
  ['Topicals',    'TO-BATH',     'Bath salts, 200 g',                  1_900],
  ['Accessories', 'AC-PAPERS',   'Rolling papers',                       300],
  ['Accessories', 'AC-GRINDER',  'Steel grinder',                      2_400],
  ['Accessories', 'AC-TRAY',     'Rolling tray',                       1_400],
  ['Accessories', 'AC-JAR',      'Airtight jar',                       1_200],
  ['Accessories', 'AC-LIGHTER',  'Lighter',                              250],
  ['Accessories', 'AC-PIPE',     'Glass pipe',                         2_200],
  ['Accessories', 'AC-TUBE',     'Smell-proof tube',                     400],
  ['Accessories', 'AC-BAG',      'Child-safe exit bag',                  100],
]

const perishable = new Set(['Pre-rolls', 'Edibles', 'Drinks', 'Tinctures', 'Topicals', 'Concentrates'])
const currency = 'USD'
const micro = (cents: number) => cents * 10_000
const taxOf = (category: string) => (category === 'Accessories' ? 'sales' : 'retail')

const items: CreateItem[] = [
  ...flower.map(
    ([code, name, gram, eighth, quarter]): CreateItem => ({
      code,
      name,
      category: 'Flower',
      kind: 'goods',
      stocked: 'own',
      baseUnit: 'g',
      taxCode: taxOf('Flower'),
      variants: [
        { code: `${code}-3.5`, name: '3.5 g', contentMilli: 3_500, priceMicro: micro(eighth), currency },
        { code: `${code}-1`, name: '1 g', contentMilli: 1_000, priceMicro: micro(gram), currency },
        { code: `${code}-7`, name: '7 g', contentMilli: 7_000, priceMicro: micro(quarter), currency },
      ],
    }),
  ),
  ...pieces.map(
    ([category, code, name, cents]): CreateItem => ({
      code,
      name,
      category,
      kind: 'goods',
      stocked: 'own',
      taxCode: taxOf(category),
      variants: [{ code, contentMilli: 1_000, priceMicro: micro(cents), currency }],
    }),
  ),
]

const supplies: Supply[] = [
  ...flower.map(([item, , gram], n) => ({ item, quantity: 3_000, costMicro: micro(gram) * 0.4, expiresInDays: 120 + 5 * n })),
  ...pieces.map(([category, item, , cents], n) => ({
    item,
    quantity: 300,
    costMicro: micro(cents) * 0.45,
    ...(perishable.has(category) ? { expiresInDays: 60 + 7 * n } : {}),
  })),
]

/** A dispensary with two shops: kiosks and a desk in front, packing behind, a driver. */
export const dispensary: DemoShop = {
  code: 'dispensary',
  name: 'Lantern Street Dispensary',
  blueprint: counter,
  currency,
  timeZone: 'America/Denver',
  hours: { from: 9, to: 21 },
  locations: [
    { code: 'lantern', name: 'Lantern Street' },
    { code: 'riverside', name: 'Riverside' },
  ],
  kiosks: [
    { code: 'kiosk-1', name: 'Kiosk by the door', location: 'lantern' },
    { code: 'kiosk-2', name: 'Kiosk by the window', location: 'lantern' },
  ],
  taxes: [
    { code: 'retail', name: 'Retail marijuana sales tax', ratePpm: 150_000, included: false },
    { code: 'sales', name: 'Sales tax', ratePpm: 88_100, included: false },
  ],
  items,
  supplies,
  // biome-ignore format: read it by column
  people: [
    { key: 'dana',  name: 'Dana Whitlock', role: 'owner' },
    { key: 'priya', name: 'Priya Nand',    role: 'administrator', reportsTo: 'dana' },
    { key: 'marco', name: 'Marco Bell',    role: 'store_manager', locations: ['lantern'],   reportsTo: 'dana' },
    { key: 'ivy',   name: 'Ivy Sandoval',  role: 'store_manager', locations: ['riverside'], reportsTo: 'dana' },
    { key: 'theo',  name: 'Theo Marsh',    role: 'staff',         locations: ['lantern'],   reportsTo: 'marco' },
    { key: 'june',  name: 'June Okada',    role: 'staff',         locations: ['lantern'],   reportsTo: 'marco' },
    { key: 'rafa',  name: 'Rafa Quiroz',   role: 'staff',         locations: ['riverside'], reportsTo: 'ivy' },
    { key: 'nell',  name: 'Nell Huber',    role: 'staff',         locations: ['riverside'], reportsTo: 'ivy' },
    { key: 'odell', name: 'Odell Price',   role: 'read_only',     reportsTo: 'dana' },
  ],
  customers: {
    count: 60,
    // biome-ignore format: names, many to a row
    firstNames: ['Avery', 'Blake', 'Casey', 'Drew', 'Emery', 'Flynn', 'Gale', 'Harper', 'Indra', 'Jules', 'Kai', 'Lane', 'Mika', 'Noor', 'Oakley', 'Perry', 'Quinn', 'Reese', 'Sage', 'Toni'],
    // biome-ignore format: names, many to a row
    lastNames: ['Ashby', 'Barlow', 'Crane', 'Delgado', 'Eastman', 'Farrow', 'Galindo', 'Hollis', 'Irwin', 'Jarrett', 'Kessler', 'Lowry', 'Maddox', 'Navarro', 'Osborn', 'Pruitt', 'Rowe', 'Stroud', 'Tanner', 'Vance', 'Wilder'],
    country: 'US',
    phone: '+1 303 555 01##',
    cities: ['Denver', 'Lakewood', 'Aurora', 'Englewood'],
    streets: ['Lantern Street', 'Juniper Avenue', 'Larkspur Way', 'Quarry Road', 'Mill Lane'],
    segments: ['', 'regular', 'medical', 'visitor'],
  },
  // biome-ignore format: read it by column
  channels: [
    { word: 'kiosk',    by: { kiosk: true },            share: 48, withContact: false },
    { word: 'desk',     by: { role: 'staff' },          share: 30, withContact: false },
    { word: 'phone',    by: { role: 'store_manager' },  share: 8,  withContact: true, discount: { reason: 'regular_customer', inHundred: 30 } },
    { word: 'delivery', by: { role: 'store_manager' },  share: 14, withContact: true },
  ],
  // biome-ignore format: one life, one row
  past: [
    { weight: 46, channels: ['kiosk', 'desk'], steps: [[3, 'staff', { move: 'start' }], [6, 'staff', { move: 'pack' }], [4, 'staff', { pay: 'all', method: 'cash' }], [1, 'staff', { move: 'hand_over' }]] },
    { weight: 22, channels: ['kiosk', 'desk', 'phone'], steps: [[2, 'staff', { pay: 'all', method: 'debit' }], [5, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [25, 'staff', { move: 'hand_over' }]] },
    { weight: 13, channels: ['delivery'], steps: [[4, 'staff', { pay: 'all', method: 'debit' }], [8, 'staff', { move: 'start' }], [10, 'staff', { move: 'pack' }], [20, 'staff', { move: 'send_out' }], [35, 'staff', { move: 'deliver' }]] },
    { weight: 2,  channels: ['delivery'], steps: [[4, 'staff', { move: 'start' }], [10, 'staff', { move: 'pack' }], [15, 'staff', { move: 'send_out' }], [40, 'staff', { move: 'bring_back' }], [60, 'staff', { pay: 'all', method: 'cash' }], [2, 'staff', { move: 'hand_over' }]] },
    { weight: 3,  steps: [[4, 'staff', { move: 'start' }], [3, 'staff', { move: 'put_back' }], [30, null, { timer: 'not_started' }], [9, 'store_manager', { assign: true }], [3, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [12, 'staff', { pay: 'all', method: 'cash' }], [1, 'staff', { move: 'hand_over' }]] },
    { weight: 2,  steps: [[4, 'staff', { move: 'start' }], [7, 'staff', { move: 'pack' }], [3, 'staff', { move: 'unpack' }], [4, 'staff', { move: 'pack' }], [5, 'staff', { pay: 'all', method: 'debit' }], [2, 'staff', { move: 'hand_over' }]] },
    { weight: 4,  steps: [[6, 'staff', { cancel: 'customer_changed_mind' }]] },
    { weight: 2,  steps: [[5, 'staff', { move: 'start' }], [2, 'staff', { cancel: 'no_identity_card' }]] },
    { weight: 1,  steps: [[1, 'staff', { cancel: 'entered_twice' }]] },
    { weight: 3,  channels: ['kiosk'], steps: [[5, 'staff', { move: 'start' }], [9, 'staff', { move: 'pack' }], [3_100, null, { timer: 'not_collected' }]] },
    { weight: 3,  steps: [[3, 'staff', { pay: 'all', method: 'debit' }], [4, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [9, 'staff', { move: 'hand_over' }], [1_500, 'store_manager', { takeBack: 'damaged' }], [3, 'store_manager', { refund: 'some', reason: 'returned' }]] },
    { weight: 2,  steps: [[3, 'staff', { pay: 'all', method: 'debit' }], [4, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [9, 'staff', { move: 'hand_over' }], [300, 'store_manager', { refund: 'some', reason: 'charged_wrongly' }]] },
    { weight: 1,  steps: [[2, 'staff', { pay: 'all', method: 'debit' }], [9, 'store_manager', { cancel: 'out_of_stock' }], [4, 'store_manager', { refund: 'all', reason: 'charged_wrongly' }]] },
    { weight: 1,  steps: [[2, 'staff', { cancel: 'entered_twice' }], [20, 'store_manager', { reopen: 'ended_by_mistake' }], [5, 'staff', { cancel: 'customer_changed_mind' }]] },
  ],
  // biome-ignore format: one life, one row
  now: [
    { weight: 12, age: [1, 13],        steps: [] },
    { weight: 4,  age: [18, 60],       steps: [[15, null, { timer: 'not_started' }]] },
    { weight: 3,  age: [10, 90],       steps: [[2, 'staff', { hold: 'check_identity' }]] },
    { weight: 2,  age: [20, 120],      steps: [[2, 'staff', { hold: 'waiting_for_customer' }], [3, 'staff', { note: true }]] },
    { weight: 9,  age: [8, 28],        steps: [[3, 'staff', { move: 'start' }], [0, 'store_manager', { assign: true }]] },
    { weight: 3,  age: [55, 95],       steps: [[4, 'staff', { move: 'start' }], [33, null, { timer: 'not_packed' }]] },
    { weight: 10, age: [25, 300],      steps: [[3, 'staff', { move: 'start' }], [7, 'staff', { move: 'pack' }]] },
    { weight: 7,  age: [25, 300],      steps: [[2, 'staff', { pay: 'all', method: 'debit' }], [3, 'staff', { move: 'start' }], [7, 'staff', { move: 'pack' }]] },
    { weight: 3,  age: [4_400, 5_400], steps: [[2, 'staff', { pay: 'all', method: 'debit' }], [3, 'staff', { move: 'start' }], [7, 'staff', { move: 'pack' }], [3_000, null, { timer: 'not_collected' }], [4, 'staff', { note: true }]] },
    { weight: 5,  age: [60, 150],      channels: ['delivery'], steps: [[3, 'staff', { pay: 'all', method: 'debit' }], [4, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [10, 'staff', { move: 'send_out' }]] },
    { weight: 2,  age: [330, 420],     channels: ['delivery'], steps: [[3, 'staff', { pay: 'half', method: 'debit' }], [4, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [10, 'staff', { move: 'send_out' }], [200, null, { timer: 'not_delivered' }]] },
    { weight: 3,  age: [300, 1_400],   steps: [[3, 'staff', { pay: 'all', method: 'cash' }], [4, 'staff', { move: 'start' }], [8, 'staff', { move: 'pack' }], [9, 'staff', { move: 'hand_over' }], [10, 'staff', { note: true }]] },
  ],
  // biome-ignore format: read it by column
  usual: {
    AWAITING_PROCESSING: [[0, 'staff', { move: 'start' }]],
    IN_PROCESS:          [[0, 'staff', { move: 'pack' }]],
    PACKED_READY:        [[0, 'staff', { pay: 'all', method: 'cash' }], [0, 'staff', { move: 'hand_over' }]],
    OUT_FOR_DELIVERY:    [[0, 'staff', { pay: 'all', method: 'cash' }], [0, 'staff', { move: 'deliver' }]],
  },
  notes: [
    'Asked for the older batch. Checked the lot.',
    'Customer waits in the car, silver hatchback.',
    'Called twice, left a message.',
    'Card was declined once, second try went through.',
    'Wants it in two bags.',
  ],
}
