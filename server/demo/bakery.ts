import type { CreateItem } from '#contract/items.ts'
import type { DemoShop, Supply } from '#usecases/demo/demo-shop.ts'
import { madeToOrder } from '../blueprints/made-to-order.ts'

type Unit = 'g' | 'ml' | 'piece'

// Costs in cents for 1,000 units (a kilogram, a litre) or for 10 pieces; what lies there in units.
// biome-ignore format: read it by column
const ingredients: [code: string, name: string, unit: Unit, cents: number, quantity: number, keepsDays?: number][] = [
  ['FLOUR',     'Wheat flour T65',        'g',       95, 3_600_000],
  ['FLOUR-RYE', 'Rye flour',              'g',      120, 1_200_000],
  ['FLOUR-ALM', 'Ground almonds',         'g',      980, 480_000],
  ['SUGAR',     'Sugar',                  'g',      110, 1_200_000],
  ['SUGAR-ICE', 'Icing sugar',            'g',      180,  360_000],
  ['BUTTER',    'Butter',                 'g',      790, 1_040_000, 45],
  ['EGG',       'Eggs',                   'piece',  230,   36_000, 21],
  ['MILK',      'Whole milk',             'ml',      98, 1_040_000, 9],
  ['CREAM',     'Whipping cream 35 %',    'ml',     420, 720_000, 14],
  ['YEAST',     'Fresh yeast',            'g',      420,  80_000, 30],
  ['SALT',      'Sea salt',               'g',       60,  160_000],
  ['CHOCOLATE', 'Dark chocolate 70 %',    'g',    1_150, 480_000],
  ['CHOC-MILK', 'Milk chocolate',         'g',      990,  280_000],
  ['COCOA',     'Cocoa powder',           'g',    1_250,  120_000],
  ['CHEESE',    'Cream cheese',           'g',      720, 480_000, 30],
  ['LEMON',     'Lemons',                 'piece',  250,   8_000, 20],
  ['APPLE',     'Apples',                 'g',      180, 560_000, 25],
  ['BERRY',     'Raspberries, frozen',    'g',      890,  320_000, 200],
  ['WALNUT',    'Walnuts',                'g',    1_290,  160_000],
  ['HAZELNUT',  'Hazelnuts',              'g',    1_190,  160_000],
  ['OIL',       'Olive oil',              'ml',     780, 480_000],
  ['SESAME',    'Sesame',                 'g',      640,  100_000],
  ['VANILLA',   'Vanilla pods',           'piece', 1_900,    1_600],
  ['SAFFRON',   'Saffron',                'g',  420_000,       0],
  ['PISTACHIO', 'Pistachio paste',        'g',    3_600,       0],
  ['BOX-S',     'Box, small',             'piece',  180,   24_000],
  ['BOX-L',     'Cake box with window',   'piece',  520,   16_000],
]

// One piece of each is made of these, in the ingredients' own units.
// biome-ignore format: read it by column
const products: [category: string, code: string, name: string, cents: number, parts: Record<string, number>][] = [
  ['Bread',   'LOAF',        'Country loaf, 900 g',            420, { FLOUR: 600, YEAST: 8, SALT: 12 }],
  ['Bread',   'RYE',         'Rye loaf, 1 kg',                 480, { FLOUR: 200, 'FLOUR-RYE': 460, YEAST: 9, SALT: 13 }],
  ['Bread',   'BAGUETTE',    'Baguette',                       140, { FLOUR: 180, YEAST: 3, SALT: 4 }],
  ['Bread',   'SESAME-RING', 'Sesame ring',                    230, { FLOUR: 150, YEAST: 4, SESAME: 20, SALT: 3 }],
  ['Bread',   'WALNUT-LOAF', 'Walnut loaf, 600 g',             560, { FLOUR: 360, WALNUT: 90, YEAST: 6, SALT: 8 }],
  ['Bread',   'FOCACCIA',    'Focaccia, half tray',            890, { FLOUR: 500, OIL: 60, YEAST: 8, SALT: 12 }],
  ['Bread',   'BRIOCHE',     'Brioche loaf',                   650, { FLOUR: 300, BUTTER: 120, EGG: 3, SUGAR: 40, YEAST: 8 }],
  ['Bread',   'ROLLS',       'Dinner rolls, 12 pieces',        480, { FLOUR: 420, MILK: 120, BUTTER: 40, YEAST: 8, SALT: 7 }],
  ['Pastry',  'CROISSANT',   'Croissants, 6 pieces',           840, { FLOUR: 270, BUTTER: 160, MILK: 80, SUGAR: 25, YEAST: 6, 'BOX-S': 1 }],
  ['Pastry',  'PAIN-CHOC',   'Chocolate rolls, 6 pieces',      960, { FLOUR: 270, BUTTER: 160, MILK: 80, CHOCOLATE: 90, YEAST: 6, 'BOX-S': 1 }],
  ['Pastry',  'CINNAMON',    'Cinnamon knots, 6 pieces',       900, { FLOUR: 280, BUTTER: 110, SUGAR: 90, MILK: 90, YEAST: 6, 'BOX-S': 1 }],
  ['Pastry',  'ENSAIMADA',   'Ensaimada, large',             1_450, { FLOUR: 350, SUGAR: 110, EGG: 2, BUTTER: 150, YEAST: 8, 'BOX-L': 1 }],
  ['Pastry',  'APPLE-TURN',  'Apple turnovers, 4 pieces',      780, { FLOUR: 160, BUTTER: 130, APPLE: 240, SUGAR: 40, 'BOX-S': 1 }],
  ['Pastry',  'ECLAIR',      'Chocolate éclairs, 6 pieces',  1_380, { FLOUR: 110, BUTTER: 80, EGG: 4, CREAM: 180, CHOCOLATE: 90, 'BOX-S': 1 }],
  ['Pastry',  'PALMIER',     'Palmiers, 250 g',                620, { FLOUR: 120, BUTTER: 90, SUGAR: 70, 'BOX-S': 1 }],
  ['Cakes',   'SACHER',      'Dark chocolate cake, 12 parts', 3_900, { FLOUR: 180, CHOCOLATE: 320, BUTTER: 210, EGG: 7, SUGAR: 220, 'BOX-L': 1 }],
  ['Cakes',   'CHEESECAKE',  'Baked cheesecake, 10 parts',    3_200, { CHEESE: 800, EGG: 5, CREAM: 250, SUGAR: 220, FLOUR: 60, 'BOX-L': 1 }],
  ['Cakes',   'CARROT',      'Carrot cake with walnuts',      3_100, { FLOUR: 260, EGG: 5, SUGAR: 240, WALNUT: 120, CHEESE: 300, OIL: 200, 'BOX-L': 1 }],
  ['Cakes',   'LEMON-TART',  'Lemon tart, 8 parts',           2_600, { FLOUR: 220, BUTTER: 180, EGG: 6, SUGAR: 190, LEMON: 5, 'BOX-L': 1 }],
  ['Cakes',   'APPLE-TART',  'Apple tart, 8 parts',           2_400, { FLOUR: 220, BUTTER: 140, APPLE: 900, SUGAR: 110, 'BOX-L': 1 }],
  ['Cakes',   'BERRY-TART',  'Raspberry tart, 8 parts',       2_900, { FLOUR: 200, BUTTER: 130, BERRY: 420, CREAM: 260, SUGAR: 120, 'BOX-L': 1 }],
  ['Cakes',   'OPERA',       'Coffee and chocolate layers',   3_600, { 'FLOUR-ALM': 190, EGG: 6, BUTTER: 220, CHOCOLATE: 240, SUGAR: 200, 'BOX-L': 1 }],
  ['Cakes',   'SANTIAGO',    'Almond cake, 10 parts',         2_700, { 'FLOUR-ALM': 420, EGG: 7, SUGAR: 320, LEMON: 1, 'BOX-L': 1 }],
  ['Cakes',   'ROSCON',      'Ring cake with cream',          2_800, { FLOUR: 420, EGG: 4, BUTTER: 110, SUGAR: 120, CREAM: 420, YEAST: 12, 'BOX-L': 1 }],
  ['Cakes',   'BIRTHDAY-10', 'Birthday cake for 10',          4_200, { FLOUR: 260, EGG: 7, SUGAR: 320, BUTTER: 240, CREAM: 500, VANILLA: 1, 'BOX-L': 1 }],
  ['Cakes',   'BIRTHDAY-20', 'Birthday cake for 20',          7_400, { FLOUR: 500, EGG: 13, SUGAR: 620, BUTTER: 460, CREAM: 950, VANILLA: 2, 'BOX-L': 1 }],
  ['Cakes',   'WEDDING',     'Wedding cake, three tiers',    32_000, { FLOUR: 2_200, EGG: 54, SUGAR: 2_600, BUTTER: 2_100, CREAM: 3_600, VANILLA: 8, 'BOX-L': 3 }],
  ['Cakes',   'SAFFRON-CAKE', 'Saffron ring with almonds',    4_600, { FLOUR: 400, 'FLOUR-ALM': 150, EGG: 4, BUTTER: 140, SAFFRON: 1, 'BOX-L': 1 }],
  ['Cakes',   'PISTACHIO-CAKE', 'Pistachio and raspberry cake', 4_900, { FLOUR: 200, EGG: 6, PISTACHIO: 350, BERRY: 250, CREAM: 300, 'BOX-L': 1 }],
  ['Cookies', 'BUTTER-COOK', 'Butter cookies, 400 g',          980, { FLOUR: 210, BUTTER: 140, SUGAR: 70, EGG: 1, 'BOX-S': 1 }],
  ['Cookies', 'BROWNIE',     'Brownies, 9 pieces',           1_480, { CHOCOLATE: 260, BUTTER: 180, EGG: 4, SUGAR: 220, FLOUR: 90, WALNUT: 80, 'BOX-S': 1 }],
  ['Cookies', 'MACARON',     'Macarons, 12 pieces',          1_890, { 'FLOUR-ALM': 130, 'SUGAR-ICE': 130, EGG: 3, BUTTER: 70, 'BOX-S': 1 }],
  ['Cookies', 'HAZEL-COOK',  'Hazelnut cookies, 400 g',      1_150, { FLOUR: 180, HAZELNUT: 110, BUTTER: 120, SUGAR: 70, 'BOX-S': 1 }],
  ['Cookies', 'MERINGUE',    'Meringues, 10 pieces',           690, { EGG: 5, SUGAR: 250, 'BOX-S': 1 }],
  ['Cookies', 'TRUFFLE',     'Chocolate truffles, 20 pieces', 1_790, { CHOCOLATE: 240, CREAM: 120, COCOA: 40, 'BOX-S': 1 }],
  ['Savoury', 'QUICHE',      'Quiche, 8 parts',              2_100, { FLOUR: 220, BUTTER: 120, EGG: 5, CREAM: 400, MILK: 150, 'BOX-L': 1 }],
  ['Savoury', 'EMPANADA',    'Empanada, half tray',          2_300, { FLOUR: 450, OIL: 80, EGG: 1, SALT: 9, YEAST: 6, 'BOX-L': 1 }],
  ['Savoury', 'COCA',        'Vegetable coca, tray',         1_950, { FLOUR: 420, OIL: 90, SALT: 9, YEAST: 8, 'BOX-L': 1 }],
  ['Savoury', 'CHEESE-STICK', 'Cheese sticks, 20 pieces',      950, { FLOUR: 180, BUTTER: 110, CHEESE: 120, 'BOX-S': 1 }],
]

const currency = 'EUR'
const vat = (category: string) => (category === 'Bread' ? 'bread' : 'food')
const costOf = (unit: Unit, cents: number) => Math.round((cents * 10_000) / (unit === 'piece' ? 10 : 1_000))

const items: CreateItem[] = [
  ...ingredients.map(
    ([code, name, unit]): CreateItem => ({
      code,
      name,
      category: 'Ingredients',
      kind: 'goods',
      stocked: 'own',
      baseUnit: unit,
      variants: [{ code, contentMilli: 1_000, priceMicro: null, currency }],
    }),
  ),
  ...products.map(
    ([category, code, name, cents, parts]): CreateItem => ({
      code,
      name,
      category,
      kind: 'goods',
      stocked: 'recipe',
      taxCode: vat(category),
      variants: [{ code, contentMilli: 1_000, priceMicro: cents * 10_000, currency }],
      recipe: {
        yieldMilli: 1_000,
        parts: Object.entries(parts).map(([item, amount]) => ({ item, milliNum: amount * 1_000, milliDen: 1 })),
      },
    }),
  ),
]

const supplies: Supply[] = ingredients.flatMap(([item, , unit, cents, quantity, keepsDays]) =>
  quantity === 0
    ? []
    : [{ item, quantity, costMicro: costOf(unit, cents), ...(keepsDays === undefined ? {} : { expiresInDays: keepsDays }) }],
)

/** A bakery with two branches: supervisors take orders, ingredients are reserved or bought, and what is made is fetched. */
export const bakery: DemoShop = {
  code: 'bakery',
  name: 'Horno Dos Puertas',
  blueprint: madeToOrder,
  currency,
  timeZone: 'Europe/Madrid',
  hours: { from: 7, to: 20 },
  locations: [
    { code: 'centro', name: 'Centro' },
    { code: 'ribera', name: 'La Ribera' },
  ],
  kiosks: [],
  taxes: [
    { code: 'bread', name: 'IVA superreducido', ratePpm: 40_000, included: true },
    { code: 'food', name: 'IVA reducido', ratePpm: 100_000, included: true },
  ],
  items,
  supplies,
  // biome-ignore format: read it by column
  people: [
    { key: 'lucia',  name: 'Lucía Arenas',     role: 'owner' },
    { key: 'pere',   name: 'Pere Vidal',       role: 'administrator',    reportsTo: 'lucia' },
    { key: 'carmen', name: 'Carmen Olmo',      role: 'branch_manager',   locations: ['centro'], reportsTo: 'lucia' },
    { key: 'tomas',  name: 'Tomás Rivas',      role: 'branch_manager',   locations: ['ribera'], reportsTo: 'lucia' },
    { key: 'elsa',   name: 'Elsa Prat',        role: 'sales_supervisor', locations: ['centro'], reportsTo: 'carmen' },
    { key: 'bruno',  name: 'Bruno Salas',      role: 'sales_supervisor', locations: ['ribera'], reportsTo: 'tomas' },
    { key: 'nadia',  name: 'Nadia Ferrer',     role: 'sales_supervisor', reportsTo: 'carmen' },
    { key: 'joan',   name: 'Joan Mas',         role: 'procurement',      reportsTo: 'lucia' },
    { key: 'ines',   name: 'Inés Cabrera',     role: 'production',       locations: ['centro'], reportsTo: 'carmen' },
    { key: 'oriol',  name: 'Oriol Camps',      role: 'production',       locations: ['ribera'], reportsTo: 'tomas' },
    { key: 'marina', name: 'Marina Soto',      role: 'read_only',        reportsTo: 'lucia' },
  ],
  customers: {
    count: 60,
    // biome-ignore format: names, many to a row
    firstNames: ['Alba', 'Biel', 'Clara', 'Diego', 'Emma', 'Fabio', 'Gala', 'Hugo', 'Irene', 'Jana', 'Kiko', 'Laia', 'Mateo', 'Nuria', 'Olga', 'Pau', 'Raquel', 'Sergi', 'Teresa', 'Unai'],
    // biome-ignore format: names, many to a row
    lastNames: ['Alonso', 'Bosch', 'Castells', 'Domingo', 'Escudero', 'Fuentes', 'Gil', 'Herrero', 'Iglesias', 'Jorba', 'Llopis', 'Marín', 'Nadal', 'Ortega', 'Pineda', 'Quesada', 'Roca', 'Serrano', 'Torres', 'Urrutia', 'Vega'],
    country: 'ES',
    phone: '+34 600 00# ###',
    cities: ['Madrid', 'Alcobendas', 'Getafe'],
    streets: ['Calle del Olmo', 'Calle Mayor', 'Avenida de la Paz', 'Plaza Nueva', 'Calle del Horno'],
    segments: ['', 'family', 'café', 'restaurant', 'office'],
    ownedBy: 'sales_supervisor',
  },
  // biome-ignore format: read it by column
  channels: [
    { word: 'desk',  by: { role: 'sales_supervisor' }, share: 55, withContact: true, wantedInHours: [20, 72],  discount: { reason: 'regular_customer', inHundred: 12 } },
    { word: 'phone', by: { role: 'sales_supervisor' }, share: 35, withContact: true, wantedInHours: [24, 160], linesMost: 5 },
    { word: 'shop',  by: { role: 'branch_manager' },   share: 10, withContact: true, wantedInHours: [6, 30] },
  ],
  // biome-ignore format: one life, one row
  past: [
    { weight: 52, steps: [[10, 'sales_supervisor', { pay: 'half', method: 'card' }], [600, 'production', { move: 'start_production' }], [200, 'production', { move: 'finish_production' }], [240, 'branch_manager', { pay: 'all', method: 'card' }], [2, 'branch_manager', { move: 'hand_over' }]] },
    { weight: 22, steps: [[500, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [300, 'branch_manager', { pay: 'all', method: 'cash' }], [2, 'branch_manager', { move: 'hand_over' }]] },
    { weight: 6,  steps: [[800, null, { timer: 'not_made' }], [60, 'branch_manager', { assign: true }], [60, 'production', { move: 'start_production' }], [300, 'production', { move: 'finish_production' }], [400, 'branch_manager', { pay: 'all', method: 'card' }], [2, 'branch_manager', { move: 'hand_over' }]] },
    { weight: 3,  steps: [[400, 'production', { move: 'start_production' }], [100, 'production', { move: 'start_over', reason: 'batch_spoiled' }], [60, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [300, 'branch_manager', { pay: 'all', method: 'cash' }], [2, 'branch_manager', { move: 'hand_over' }]] },
    { weight: 5,  steps: [[200, 'sales_supervisor', { cancel: 'customer_changed_mind' }]] },
    { weight: 2,  steps: [[90, 'procurement', { move: 'reject', reason: 'no_capacity' }]] },
    { weight: 1,  steps: [[30, 'procurement', { move: 'reject', reason: 'not_what_we_make' }]] },
    { weight: 3,  steps: [[10, 'sales_supervisor', { pay: 'half', method: 'card' }], [500, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [2_900, null, { timer: 'not_collected' }], [300, 'branch_manager', { move: 'discard', reason: 'not_collected' }]] },
    { weight: 3,  steps: [[20, 'sales_supervisor', { pay: 'all', method: 'card' }], [500, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [300, 'branch_manager', { move: 'hand_over' }], [600, 'branch_manager', { takeBack: 'wrong_item' }], [5, 'branch_manager', { refund: 'some', reason: 'returned' }]] },
    { weight: 2,  steps: [[20, 'sales_supervisor', { pay: 'all', method: 'card' }], [500, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [300, 'branch_manager', { move: 'hand_over' }], [900, 'branch_manager', { refund: 'some', reason: 'goodwill' }]] },
    { weight: 1,  steps: [[120, 'sales_supervisor', { cancel: 'entered_twice' }], [30, 'branch_manager', { reopen: 'ended_by_mistake' }], [500, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [60, 'branch_manager', { pay: 'all', method: 'cash' }], [2, 'branch_manager', { move: 'hand_over' }]] },
  ],
  // biome-ignore format: one life, one row
  now: [
    { weight: 9,  age: [60, 1_200],     wants: ['SAFFRON-CAKE', 'PISTACHIO-CAKE'], steps: [[10, 'sales_supervisor', { pay: 'half', method: 'card' }]] },
    { weight: 4,  age: [2_200, 3_000],  wants: ['SAFFRON-CAKE', 'PISTACHIO-CAKE'], steps: [[1_500, null, { timer: 'not_procured' }]] },
    { weight: 3,  age: [300, 900],      wants: ['SAFFRON-CAKE'], steps: [[60, 'procurement', { move: 'confirm_procurement' }]] },
    { weight: 22, age: [5, 400],        steps: [[10, 'sales_supervisor', { pay: 'half', method: 'card' }]] },
    { weight: 5,  age: [1_100, 1_500],  steps: [[750, null, { timer: 'not_made' }]] },
    { weight: 3,  age: [60, 600],       steps: [[10, 'branch_manager', { hold: 'allergy_to_be_clear' }], [2, 'sales_supervisor', { note: true }]] },
    { weight: 2,  age: [60, 600],       steps: [[10, 'branch_manager', { hold: 'waiting_for_payment' }]] },
    { weight: 12, age: [500, 800],      steps: [[20, 'sales_supervisor', { pay: 'half', method: 'card' }], [300, 'production', { move: 'start_production' }]] },
    { weight: 2,  age: [3_000, 3_600],  steps: [[400, 'production', { move: 'start_production' }], [1_500, null, { timer: 'not_finished' }]] },
    { weight: 16, age: [900, 1_600],    steps: [[20, 'sales_supervisor', { pay: 'half', method: 'card' }], [300, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }]] },
    { weight: 4,  age: [5_000, 6_000],  steps: [[300, 'production', { move: 'start_production' }], [180, 'production', { move: 'finish_production' }], [3_000, null, { timer: 'not_collected' }], [10, 'sales_supervisor', { note: true }]] },
  ],
  // biome-ignore format: read it by column
  usual: {
    ReadyForProduction: [[0, 'production', { move: 'start_production' }]],
    InProduction:       [[0, 'production', { move: 'finish_production' }]],
    ReadyForPickup:     [[0, 'branch_manager', { pay: 'all', method: 'card' }], [0, 'branch_manager', { move: 'hand_over' }]],
  },
  notes: [
    'No nuts on the table, please: one guest is allergic.',
    'Write "Happy birthday, Vera" in blue.',
    'Comes by at closing time.',
    'Prefers less sugar; agreed with the baker.',
    'Will bring back the cake stand.',
  ],
}
