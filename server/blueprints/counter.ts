import { type Blueprint, may } from './blueprint.ts'
import { allOrders, everyTradesReasons, everyTradesRoles, everyTradesViews } from './shared.ts'

/** Shops and dispensaries with kiosks and a desk: picked at once, handed over or delivered the same day, paid before it leaves. */
export const counter: Blueprint = {
  code: 'counter',
  label: { en: 'Counter', es: 'Mostrador' },

  workflow: {
    code: 'counter',
    label: { en: 'Counter', es: 'Mostrador' },
    initial: 'AWAITING_PROCESSING',
    // The customer stands there: better to know at once than to come back for half of it.
    onShort: 'refuse',

    // biome-ignore format: read it by column
    stages: {
      AWAITING_PROCESSING: { phase: 'open',      label: { en: 'Waiting to be started', es: 'Por empezar' },       late: { after: 'PT15M', on: 'not_started' }, due: 'PT45M', entering: ['reserve_stock'] },
      IN_PROCESS:          { phase: 'working',   label: { en: 'Being packed',          es: 'En preparación' },    late: { after: 'PT30M', on: 'not_packed' } },
      PACKED_READY:        { phase: 'ready',     label: { en: 'Packed and ready',      es: 'Listo' },             late: { after: 'P2D',   on: 'not_collected' } },
      OUT_FOR_DELIVERY:    { phase: 'moving',    label: { en: 'Out for delivery',      es: 'En reparto' },        late: { after: 'PT3H',  on: 'not_delivered' } },
      COMPLETED:           { phase: 'done',      label: { en: 'Completed',             es: 'Completado' } },
      CANCELED:            { phase: 'cancelled', label: { en: 'Cancelled',             es: 'Cancelado' } },
    },

    moves: [
      { from: 'AWAITING_PROCESSING', on: 'start', to: 'IN_PROCESS', label: { en: 'Start packing', es: 'Empezar a preparar' } },
      { from: 'IN_PROCESS', on: 'put_back', to: 'AWAITING_PROCESSING', label: { en: 'Put back in the queue', es: 'Devolver a la cola' } },
      {
        from: 'IN_PROCESS',
        on: 'pack',
        to: 'PACKED_READY',
        label: { en: 'Packed', es: 'Preparado' },
        effects: ['count_picked', 'count_packed'],
      },
      { from: 'PACKED_READY', on: 'unpack', to: 'IN_PROCESS', label: { en: 'Unpack again', es: 'Volver a abrir' } },
      {
        from: 'PACKED_READY',
        on: 'hand_over',
        to: 'COMPLETED',
        label: { en: 'Hand over', es: 'Entregar' },
        guards: [
          {
            when: 'order.balanceMinor <= 0',
            because: { en: 'It is not fully paid. Take the payment first.', es: 'No está pagado del todo. Cobra primero.' },
          },
        ],
        effects: ['hand_over'],
      },
      // Unpaid bags go back on the shelf; about a paid one somebody calls the customer.
      {
        from: 'PACKED_READY',
        on: 'not_collected',
        by: 'timer',
        to: 'CANCELED',
        guards: [
          {
            when: 'order.payment in ["none", "unpaid"]',
            because: { en: 'Money was taken. Call the customer.', es: 'Ya se cobró. Llama al cliente.' },
          },
        ],
        effects: ['cancel_open'],
      },
      { from: 'PACKED_READY', on: 'send_out', to: 'OUT_FOR_DELIVERY', label: { en: 'Send out', es: 'Enviar a reparto' } },
      { from: 'OUT_FOR_DELIVERY', on: 'bring_back', to: 'PACKED_READY', label: { en: 'Bring back', es: 'Traer de vuelta' } },
      {
        from: 'OUT_FOR_DELIVERY',
        on: 'deliver',
        to: 'COMPLETED',
        label: { en: 'Delivered', es: 'Entregado' },
        guards: [
          {
            when: 'order.balanceMinor <= 0',
            because: { en: 'It is not fully paid. Record the payment first.', es: 'No está pagado del todo. Registra el pago primero.' },
          },
        ],
        effects: ['hand_over', 'count_delivered'],
      },
      {
        from: ['AWAITING_PROCESSING', 'IN_PROCESS', 'PACKED_READY'],
        on: 'cancel',
        to: 'CANCELED',
        label: { en: 'Cancel', es: 'Cancelar' },
        permission: 'orders:cancel',
        requires: ['reason'],
        effects: ['cancel_open'],
      },
      {
        from: ['COMPLETED', 'CANCELED'],
        on: 'reopen',
        to: 'AWAITING_PROCESSING',
        label: { en: 'Reopen', es: 'Reabrir' },
        permission: 'orders:reopen',
        requires: ['reason'],
        effects: ['restore_lines'],
      },
      {
        from: 'AWAITING_PROCESSING',
        on: 'record_history',
        to: 'COMPLETED',
        label: { en: 'Record as sold', es: 'Registrar como vendido' },
        permission: 'orders:import',
        effects: ['hand_over'],
      },
    ],

    // biome-ignore format: one example, one row
    examples: [
      { name: 'paid, packed and handed over', facts: ['paid'], events: ['start', 'pack', 'hand_over'], ends: 'COMPLETED' },
      { name: 'paid when it is collected', events: ['start', 'pack', 'payment_arrives', 'hand_over'], ends: 'COMPLETED' },
      { name: 'no money, no bag', events: ['start', 'pack', 'hand_over'], ends: 'PACKED_READY', refused: 'hand_over' },
      { name: 'nothing is handed over before it is packed', facts: ['paid'], events: ['start', 'hand_over'], ends: 'IN_PROCESS', refused: 'hand_over' },
      { name: 'another order comes first', events: ['start', 'put_back'], ends: 'AWAITING_PROCESSING' },
      { name: 'something was forgotten', facts: ['paid'], events: ['start', 'pack', 'unpack', 'pack', 'hand_over'], ends: 'COMPLETED' },
      { name: 'driven to the door', facts: ['paid'], events: ['start', 'pack', 'send_out', 'deliver'], ends: 'COMPLETED' },
      { name: 'the driver does not leave it unpaid', events: ['start', 'pack', 'send_out', 'deliver'], ends: 'OUT_FOR_DELIVERY', refused: 'deliver' },
      { name: 'nobody at the door', facts: ['paid'], events: ['start', 'pack', 'send_out', 'bring_back', 'hand_over'], ends: 'COMPLETED' },
      { name: 'what is on the road comes back before it is cancelled', events: ['start', 'pack', 'send_out', 'cancel'], ends: 'OUT_FOR_DELIVERY', refused: 'cancel' },
      { name: 'nobody starts it', events: ['not_started'], ends: 'AWAITING_PROCESSING' },
      { name: 'an unpaid bag nobody collects goes back on the shelf', events: ['start', 'pack', 'not_collected'], ends: 'CANCELED' },
      { name: 'a paid bag nobody collects waits for a call', facts: ['paid'], events: ['start', 'pack', 'not_collected'], ends: 'PACKED_READY' },
      { name: 'cancelled before anybody started', events: ['cancel'], ends: 'CANCELED' },
      { name: 'cancelled while packed', events: ['start', 'pack', 'cancel'], ends: 'CANCELED' },
      { name: 'what was handed over is not cancelled', facts: ['paid'], events: ['start', 'pack', 'hand_over', 'cancel'], ends: 'COMPLETED', refused: 'cancel' },
      { name: 'a held order stays', facts: ['on_hold'], events: ['start'], ends: 'AWAITING_PROCESSING', refused: 'start' },
      { name: 'a held order may be cancelled', facts: ['on_hold'], events: ['cancel'], ends: 'CANCELED' },
      { name: 'released, it goes on', facts: ['on_hold'], events: ['hold_closes', 'start'], ends: 'IN_PROCESS' },
      { name: 'the customer comes back', events: ['cancel', 'reopen', 'start'], ends: 'IN_PROCESS' },
      { name: 'ended by mistake', facts: ['paid'], events: ['start', 'pack', 'hand_over', 'reopen'], ends: 'AWAITING_PROCESSING' },
      { name: 'sold before we were here', events: ['record_history'], ends: 'COMPLETED' },
    ],
  },

  roles: [
    ...everyTradesRoles,
    {
      code: 'store_manager',
      label: { en: 'Store manager', es: 'Encargado de tienda' },
      // biome-ignore format: one resource, one row
      permissions: may('location',
        'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:reopen', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag', 'orders:price', 'orders:discount',
        'payments:record', 'payments:refund', 'returns:record',
        'stock:read', 'stock:adjust', 'stock:reserve',
        'items:read', 'items:write', 'customers:read', 'customers:write', 'places:read', 'workflows:read', 'jobs:read', 'jobs:retry',
        'orders:export', 'people:read', 'people:write', 'views:share'),
    },
    {
      code: 'staff',
      label: { en: 'Staff', es: 'Personal' },
      // biome-ignore format: one resource, one row
      permissions: may('location',
        'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag',
        'orders:discount', 'payments:record', 'payments:refund', 'returns:record',
        'stock:read', 'items:read', 'customers:read', 'customers:write', 'places:read', 'workflows:read', 'people:read'),
      hides: ['costs'],
      moneyLimits: { refundMinor: 5_000, discountMinor: 1_000 },
    },
    {
      code: 'kiosk',
      label: { en: 'Kiosk', es: 'Quiosco' },
      permissions: [...may('own', 'orders:read', 'orders:place'), ...may('location', 'items:read', 'places:read', 'stock:read')],
      hides: ['notes', 'costs'],
    },
  ],

  // biome-ignore format: read it by column
  reasons: [
    ...everyTradesReasons,
    { kind: 'cancel', code: 'not_collected',    label: { en: 'Not collected',               es: 'No recogido' } },
    { kind: 'cancel', code: 'no_identity_card', label: { en: 'No valid identity document',  es: 'Sin documento de identidad válido' } },
    { kind: 'hold',   code: 'check_identity',   label: { en: 'Identity to be checked',      es: 'Identidad por comprobar' } },
  ],

  // biome-ignore format: read it by column
  views: [
    allOrders,
    { code: 'new',     label: { en: 'New',              es: 'Nuevos' },      filter: 'stage:AWAITING_PROCESSING', sort: 'placed', roles: ['staff'] },
    { code: 'packing', label: { en: 'Being packed',     es: 'En preparación' }, filter: 'stage:IN_PROCESS',       sort: 'due' },
    { code: 'ready',   label: { en: 'Ready',            es: 'Listos' },      filter: 'stage:PACKED_READY',        sort: 'placed' },
    { code: 'out',     label: { en: 'Out for delivery', es: 'En reparto' },  filter: 'stage:OUT_FOR_DELIVERY',    sort: 'placed' },
    { code: 'counter', label: { en: 'Counter board',    es: 'Tablero' },     filter: 'is:live',                   sort: 'due', layout: 'board' },
    ...everyTradesViews,
  ],
}
