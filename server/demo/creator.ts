import type { CreateItem } from '#contract/items.ts'
import type { DemoShop, Supply } from '#usecases/demo/demo-shop.ts'
import { marketplace } from '../blueprints/marketplace.ts'

// biome-ignore format: read it by column
const goods: [category: string, code: string, name: string, cents: number, grams: number][] = [
  ['Mugs',     'MUG-TIDE',    'Tide mug',                      2_800, 420],
  ['Mugs',     'MUG-DUNE',    'Dune mug',                      2_800, 420],
  ['Mugs',     'MUG-MOSS',    'Moss mug',                      2_800, 420],
  ['Mugs',     'MUG-NIGHT',   'Night mug with gold rim',       3_600, 440],
  ['Mugs',     'MUG-ESPR',    'Espresso cups, pair',           3_200, 380],
  ['Mugs',     'MUG-TALL',    'Tall latte cup',                3_000, 430],
  ['Bowls',    'BOWL-RICE',   'Rice bowl',                     2_600, 400],
  ['Bowls',    'BOWL-RAMEN',  'Ramen bowl',                    3_800, 760],
  ['Bowls',    'BOWL-SERVE',  'Serving bowl',                  5_800, 1_400],
  ['Bowls',    'BOWL-MINI',   'Dip bowls, set of 3',           2_400, 360],
  ['Plates',   'PLATE-S',     'Side plate',                    2_200, 480],
  ['Plates',   'PLATE-L',     'Dinner plate',                  3_400, 820],
  ['Plates',   'PLATE-SET',   'Dinner set for two',           11_800, 3_200],
  ['Plates',   'PLATE-CAKE',  'Cake stand',                    6_400, 1_700],
  ['Vases',    'VASE-BUD',    'Bud vase',                      2_400, 350],
  ['Vases',    'VASE-MOON',   'Moon vase',                     6_800, 1_300],
  ['Vases',    'VASE-TRIO',   'Vase trio',                     7_900, 1_600],
  ['Vases',    'VASE-WALL',   'Wall pocket',                   3_100, 520],
  ['Planters', 'PLANT-S',     'Planter, small',                2_200, 600],
  ['Planters', 'PLANT-M',     'Planter, medium',               3_400, 1_100],
  ['Planters', 'PLANT-HANG',  'Hanging planter',               4_200, 900],
  ['Candles',  'CAND-FIG',    'Fig candle',                    2_600, 430],
  ['Candles',  'CAND-SALT',   'Sea salt candle',               2_600, 430],
  ['Candles',  'CAND-CEDAR',  'Cedar candle',                  2_600, 430],
  ['Candles',  'CAND-TRIO',   'Candle trio',                   6_900, 1_250],
  ['Prints',   'PRINT-TIDE',  'Tide, print A3',                3_200, 180],
  ['Prints',   'PRINT-DUNE',  'Dune, print A3',                3_200, 180],
  ['Prints',   'PRINT-HERON', 'Heron, print A3',               3_400, 180],
  ['Prints',   'PRINT-MOON',  'Moon phases, print A2',         4_600, 260],
  ['Prints',   'PRINT-SET',   'Coast set, 3 prints A4',        5_400, 240],
  ['Textiles', 'TEX-TOWEL',   'Tea towel, block printed',      1_800, 120],
  ['Textiles', 'TEX-NAPKIN',  'Linen napkins, set of 4',       3_600, 260],
  ['Textiles', 'TEX-APRON',   'Potter\'s apron',               5_200, 480],
  ['Textiles', 'TEX-TOTE',    'Canvas tote',                   2_200, 210],
  ['Jewellery', 'JEW-DROP',   'Porcelain drop earrings',       2_900, 60],
  ['Jewellery', 'JEW-MOON',   'Moon pendant',                  3_400, 60],
  ['Jewellery', 'JEW-STUD',   'Porcelain studs',               2_200, 50],
  ['Jewellery', 'JEW-RING',   'Ring dish',                     1_600, 140],
  ['Paper',    'PAP-CARD',    'Greeting cards, set of 6',      1_500, 130],
  ['Paper',    'PAP-CAL',     'Wall calendar',                 2_400, 320],
  ['Paper',    'PAP-NOTE',    'Dotted notebook',               1_900, 290],
  ['Paper',    'PAP-STICK',   'Sticker sheet',                   600, 30],
  ['Kits',     'KIT-AIR',     'Air-dry clay kit',              4_200, 1_500],
  ['Kits',     'KIT-PAINT',   'Paint your mug kit',            3_900, 900],
  ['Kits',     'KIT-PRINT',   'Block printing kit',            4_500, 700],
  ['Limited',  'LTD-HERON',   'Heron vase, numbered',         14_900, 1_500],
  ['Limited',  'LTD-STORM',   'Storm mug, numbered',           5_900, 440],
]
const soldOut = ['LTD-HERON', 'LTD-STORM']

const currency = 'EUR'
const items: CreateItem[] = goods.map(
  ([category, code, name, cents, weightGrams]): CreateItem => ({
    code,
    name,
    category,
    kind: 'goods',
    stocked: 'own',
    variants: [{ code, contentMilli: 1_000, priceMicro: cents * 10_000, currency, weightGrams }],
  }),
)
const supplies: Supply[] = goods
  .filter(([, code]) => !soldOut.includes(code))
  .map(([, item, , cents]) => ({ item, quantity: 300, costMicro: cents * 3_500 }))

/** A maker of ceramics and prints: orders come from two market places, and nobody touches those that go well. */
export const creator: DemoShop = {
  code: 'creator',
  name: 'Mila Makes',
  blueprint: marketplace,
  currency,
  timeZone: 'Europe/Berlin',
  hours: { from: 0, to: 24 },
  locations: [{ code: 'studio', name: 'Studio' }],
  kiosks: [],
  taxes: [],
  items,
  supplies,
  // biome-ignore format: read it by column
  people: [
    { key: 'mila', name: 'Mila Brandt',   role: 'owner' },
    { key: 'jost', name: 'Jost Brandt',   role: 'administrator', reportsTo: 'mila' },
    { key: 'yuki', name: 'Yuki Adler',    role: 'creator',       reportsTo: 'mila' },
    { key: 'fine', name: 'Fine Wagner',   role: 'staff',         locations: ['studio'], reportsTo: 'yuki' },
    { key: 'emre', name: 'Emre Aydin',    role: 'staff',         locations: ['studio'], reportsTo: 'yuki' },
    { key: 'ruth', name: 'Ruth Lorenz',   role: 'read_only',     reportsTo: 'mila' },
  ],
  customers: {
    count: 60,
    // biome-ignore format: names, many to a row
    firstNames: ['Anouk', 'Bastian', 'Chiara', 'Dimitri', 'Edda', 'Femke', 'Gustav', 'Hanna', 'Ilse', 'Jasper', 'Katja', 'Lorenz', 'Maren', 'Niklas', 'Oda', 'Philip', 'Ronja', 'Svea', 'Till', 'Ulla'],
    // biome-ignore format: names, many to a row
    lastNames: ['Albers', 'Behrens', 'Cordes', 'Dahl', 'Ebert', 'Faber', 'Graf', 'Hennig', 'Jacobi', 'Kern', 'Lange', 'Mertens', 'Nolte', 'Oster', 'Pohl', 'Reuter', 'Sommer', 'Thiel', 'Ulrich', 'Voss', 'Winter'],
    country: 'DE',
    phone: '+49 151 000 ####',
    cities: ['Berlin', 'Hamburg', 'Leipzig', 'Köln', 'München'],
    streets: ['Lindenweg', 'Hafenstraße', 'Am Anger', 'Gartenstraße', 'Ziegelgasse'],
    segments: ['', 'collector', 'gift'],
  },
  // biome-ignore format: read it by column
  channels: [
    { word: 'tiktok_shop', by: { connection: 'tiktok' },  share: 62, withContact: true, linesMost: 2 },
    { word: 'shopify',     by: { connection: 'shopify' }, share: 33, withContact: true },
    { word: 'desk',        by: { role: 'creator' },       share: 5,  withContact: true, discount: { reason: 'promotion', inHundred: 40 } },
  ],
  // biome-ignore format: one life, one row
  past: [
    { weight: 62, steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }], [600, null, { event: 'in_transit' }], [2_600, null, { event: 'delivered' }], [20_200, null, { timer: 'return_time_over' }]] },
    { weight: 12, steps: [[1, null, { pay: 'all', method: 'market_place' }], [10, 'creator', { move: 'skip_cool_down' }], [60, 'staff', { move: 'record_label' }], [300, 'staff', { move: 'hand_over' }], [900, null, { event: 'in_transit' }], [2_600, null, { event: 'delivered' }], [20_200, null, { timer: 'return_time_over' }]] },
    { weight: 5,  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [1_500, null, { timer: 'not_handed_over' }], [200, 'staff', { move: 'hand_over' }], [3_000, null, { timer: 'not_scanned' }], [900, null, { event: 'delivered' }], [20_200, null, { timer: 'return_time_over' }]] },
    { weight: 3,  steps: [[1, null, { pay: 'all', method: 'market_place' }], [12, null, { event: 'buyer_cancelled' }], [1, 'creator', { refund: 'all', reason: 'charged_wrongly' }]] },
    { weight: 3,  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [90, 'creator', { cancel: 'oversold' }], [5, 'creator', { refund: 'all', reason: 'goodwill' }]] },
    { weight: 4,  age: [9_000, 60_000], steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }], [3_000, null, { event: 'delivered' }], [4_000, 'staff', { takeBack: 'not_wanted' }], [60, 'creator', { refund: 'some', reason: 'returned' }]] },
    { weight: 2,  age: [9_000, 60_000], steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }], [600, null, { event: 'in_transit' }], [6_000, 'creator', { move: 'report_lost', reason: 'lost_in_transit' }], [30, 'creator', { refund: 'all', reason: 'lost_in_transit' }]] },
    { weight: 2,  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [120, 'staff', { move: 'record_label' }], [20, 'staff', { move: 'void_label' }], [30, 'staff', { move: 'record_label' }], [300, 'staff', { move: 'hand_over' }], [3_000, 'creator', { move: 'confirm_delivery', reason: 'buyer_confirmed' }]] },
  ],
  // biome-ignore format: one life, one row
  now: [
    { weight: 9,  age: [2, 20],         steps: [[1, null, { pay: 'all', method: 'market_place' }]] },
    { weight: 18, age: [80, 700],       steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }]] },
    { weight: 4,  age: [2_400, 3_000],  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [1_500, null, { timer: 'not_labelled' }]] },
    { weight: 5,  age: [60, 900],       wants: soldOut, steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }]] },
    { weight: 3,  age: [120, 900],      steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [20, 'staff', { hold: 'address_unclear' }], [2, 'staff', { note: true }]] },
    { weight: 10, age: [600, 1_300],    steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }]] },
    { weight: 3,  age: [3_400, 4_000],  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [1_500, null, { timer: 'not_handed_over' }]] },
    { weight: 8,  age: [1_400, 2_600],  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }]] },
    { weight: 3,  age: [7_500, 8_500],  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }], [3_000, null, { timer: 'not_scanned' }]] },
    { weight: 12, age: [2_400, 4_200],  steps: [[1, null, { pay: 'all', method: 'market_place' }], [30, null, { timer: 'cool_down_over' }], [240, null, { event: 'label_bought' }], [500, null, { event: 'handed_over' }], [600, null, { event: 'in_transit' }]] },
  ],
  // biome-ignore format: read it by column
  usual: {
    COOL_DOWN:         [[0, null, { pay: 'all', method: 'market_place' }], [0, null, { timer: 'cool_down_over' }]],
    AWAITING_SHIPMENT: [[0, null, { event: 'label_bought' }]],
    LABEL_BOUGHT:      [[0, null, { event: 'handed_over' }]],
    HANDED_OVER:       [[0, null, { event: 'in_transit' }]],
    IN_TRANSIT:        [[0, null, { event: 'delivered' }]],
  },
  notes: [
    'The street number is missing; wrote to the buyer.',
    'Please wrap as a gift and leave out the invoice.',
    'Neighbour takes it in.',
    'Second parcel this month, add a sticker.',
  ],
}
