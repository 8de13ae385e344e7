import { type Blueprint, may } from './blueprint.ts'
import { allOrders, everyTradesReasons, everyTradesRoles, everyTradesViews } from './shared.ts'

/** Creators on marketplaces: an order was paid elsewhere, is shipped and tracked, and ends without a hand on it where all goes well. */
export const marketplace: Blueprint = {
  code: 'marketplace',
  label: { en: 'Marketplace', es: 'Marketplace' },

  workflow: {
    code: 'marketplace',
    label: { en: 'Marketplace', es: 'Marketplace' },
    initial: 'COOL_DOWN',
    // The order exists outside whether we like it or not: keep it and call a person.
    onShort: 'accept',

    // biome-ignore format: read it by column
    stages: {
      COOL_DOWN:         { phase: 'open',      label: { en: 'Cooling down',         es: 'En espera' },              late: { after: 'PT30M', on: 'cool_down_over' }, due: 'P2D', entering: ['reserve_stock'] },
      AWAITING_SHIPMENT: { phase: 'open',      label: { en: 'Waiting to be shipped', es: 'Por enviar' },            late: { after: 'P1D',   on: 'not_labelled' } },
      LABEL_BOUGHT:      { phase: 'working',   label: { en: 'Label bought',         es: 'Etiqueta comprada' },      late: { after: 'P1D',   on: 'not_handed_over' } },
      HANDED_OVER:       { phase: 'moving',    label: { en: 'Given to the carrier', es: 'Entregado al transportista' }, late: { after: 'P2D', on: 'not_scanned' } },
      IN_TRANSIT:        { phase: 'moving',    label: { en: 'In transit',           es: 'En tránsito' },            late: { after: 'P10D',  on: 'not_delivered' } },
      DELIVERED:         { phase: 'done',      label: { en: 'Delivered',            es: 'Entregado' },              late: { after: 'P14D',  on: 'return_time_over' } },
      COMPLETED:         { phase: 'done',      label: { en: 'Completed',            es: 'Completado' } },
      CANCELLED:         { phase: 'cancelled', label: { en: 'Cancelled',            es: 'Cancelado' } },
    },

    moves: [
      // Buyers change their minds in the first minutes; a label bought by then is money lost.
      {
        from: 'COOL_DOWN',
        on: 'cool_down_over',
        by: 'timer',
        to: 'AWAITING_SHIPMENT',
        label: { en: 'Cool-down is over', es: 'Fin de la espera' },
      },
      { from: 'COOL_DOWN', on: 'skip_cool_down', to: 'AWAITING_SHIPMENT', label: { en: 'Ship without waiting', es: 'Enviar sin esperar' } },
      {
        from: ['COOL_DOWN', 'AWAITING_SHIPMENT'],
        on: 'buyer_cancelled',
        by: 'event',
        to: 'CANCELLED',
        label: { en: 'The buyer cancelled', es: 'El comprador canceló' },
        effects: ['cancel_open', 'clear_attention'],
      },
      {
        from: 'AWAITING_SHIPMENT',
        on: 'label_bought',
        by: 'event',
        to: 'LABEL_BOUGHT',
        label: { en: 'A label was bought', es: 'Se compró una etiqueta' },
      },
      {
        from: 'AWAITING_SHIPMENT',
        on: 'record_label',
        to: 'LABEL_BOUGHT',
        label: { en: 'I bought a label', es: 'Compré una etiqueta' },
        guards: [
          {
            when: '!stock.isShort',
            because: {
              en: 'Goods are missing. Receive them before you buy a label.',
              es: 'Falta mercancía. Recíbela antes de comprar una etiqueta.',
            },
          },
        ],
      },
      { from: 'LABEL_BOUGHT', on: 'void_label', to: 'AWAITING_SHIPMENT', label: { en: 'Void the label', es: 'Anular la etiqueta' } },
      {
        from: 'LABEL_BOUGHT',
        on: 'handed_over',
        by: 'event',
        to: 'HANDED_OVER',
        label: { en: 'The carrier has it', es: 'Lo tiene el transportista' },
        effects: ['count_picked', 'count_packed', 'hand_over'],
      },
      {
        from: 'LABEL_BOUGHT',
        on: 'hand_over',
        to: 'HANDED_OVER',
        label: { en: 'Give to the carrier', es: 'Entregar al transportista' },
        effects: ['count_picked', 'count_packed', 'hand_over'],
      },
      // Some carriers first speak up when the parcel is already on its way, or there.
      {
        from: ['LABEL_BOUGHT', 'HANDED_OVER'],
        on: 'in_transit',
        by: 'event',
        to: 'IN_TRANSIT',
        label: { en: 'First scan', es: 'Primer escaneo' },
        effects: ['count_picked', 'count_packed', 'hand_over'],
      },
      {
        from: ['LABEL_BOUGHT', 'HANDED_OVER', 'IN_TRANSIT'],
        on: 'delivered',
        by: 'event',
        to: 'DELIVERED',
        label: { en: 'The parcel arrived', es: 'Llegó el paquete' },
        effects: ['count_picked', 'count_packed', 'hand_over', 'count_delivered', 'clear_attention'],
      },
      {
        from: ['HANDED_OVER', 'IN_TRANSIT'],
        on: 'confirm_delivery',
        to: 'DELIVERED',
        label: { en: 'The buyer has it', es: 'Lo tiene el comprador' },
        requires: ['reason'],
        effects: ['count_delivered', 'clear_attention'],
      },
      // The goods are gone and the buyer waits: money and goodwill are for a person.
      {
        from: ['HANDED_OVER', 'IN_TRANSIT'],
        on: 'lost',
        by: 'event',
        to: 'CANCELLED',
        label: { en: 'Lost or sent back', es: 'Perdido o devuelto' },
        effects: ['raise_attention'],
      },
      {
        from: ['HANDED_OVER', 'IN_TRANSIT'],
        on: 'report_lost',
        to: 'CANCELLED',
        label: { en: 'Report as lost', es: 'Dar por perdido' },
        permission: 'orders:cancel',
        requires: ['reason'],
        effects: ['raise_attention'],
      },
      {
        from: 'DELIVERED',
        on: 'return_time_over',
        by: 'timer',
        to: 'COMPLETED',
        label: { en: 'Time to return is over', es: 'Fin del plazo de devolución' },
      },
      {
        from: ['COOL_DOWN', 'AWAITING_SHIPMENT', 'LABEL_BOUGHT'],
        on: 'cancel',
        to: 'CANCELLED',
        label: { en: 'Cancel', es: 'Cancelar' },
        permission: 'orders:cancel',
        requires: ['reason'],
        effects: ['cancel_open', 'clear_attention'],
      },
      {
        from: ['DELIVERED', 'COMPLETED', 'CANCELLED'],
        on: 'reopen',
        to: 'AWAITING_SHIPMENT',
        label: { en: 'Reopen', es: 'Reabrir' },
        permission: 'orders:reopen',
        requires: ['reason'],
        effects: ['restore_lines', 'reserve_stock'],
      },
      {
        from: 'COOL_DOWN',
        on: 'record_history',
        to: 'COMPLETED',
        label: { en: 'Record as sold', es: 'Registrar como vendido' },
        permission: 'orders:import',
        effects: ['hand_over'],
      },
    ],

    // biome-ignore format: one example, one row
    examples: [
      { name: 'untouched by hand', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'handed_over', 'in_transit', 'delivered', 'return_time_over'], ends: 'COMPLETED' },
      { name: 'the buyer is in a hurry', facts: ['paid'], events: ['skip_cool_down'], ends: 'AWAITING_SHIPMENT' },
      { name: 'no label while it cools down', facts: ['paid'], events: ['label_bought'], ends: 'COOL_DOWN', refused: 'label_bought' },
      { name: 'the buyer cancels in time', facts: ['paid'], events: ['buyer_cancelled'], ends: 'CANCELLED' },
      { name: 'the buyer cancels before the label', facts: ['paid'], events: ['cool_down_over', 'buyer_cancelled'], ends: 'CANCELLED' },
      { name: 'after the label the buyer asks us', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'buyer_cancelled'], ends: 'LABEL_BOUGHT', refused: 'buyer_cancelled' },
      { name: 'labelled and shipped by hand', facts: ['paid'], events: ['cool_down_over', 'record_label', 'hand_over', 'confirm_delivery'], ends: 'DELIVERED' },
      { name: 'oversold: kept, and no label for what is not there', facts: ['paid', 'stock_is_short'], events: ['cool_down_over', 'record_label'], ends: 'AWAITING_SHIPMENT', refused: 'record_label' },
      { name: 'oversold, then received', facts: ['paid', 'stock_is_short'], events: ['cool_down_over', 'stock_arrives', 'record_label'], ends: 'LABEL_BOUGHT' },
      { name: 'the label was wrong', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'void_label'], ends: 'AWAITING_SHIPMENT' },
      { name: 'the carrier skips a scan', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'in_transit', 'delivered'], ends: 'DELIVERED' },
      { name: 'the carrier only says that it arrived', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'delivered'], ends: 'DELIVERED' },
      { name: 'never scanned: a person looks', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'handed_over', 'not_scanned'], ends: 'HANDED_OVER' },
      { name: 'lost in transit', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'handed_over', 'in_transit', 'lost'], ends: 'CANCELLED' },
      { name: 'given up as lost', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'handed_over', 'report_lost'], ends: 'CANCELLED' },
      { name: 'cancelled by us', facts: ['paid'], events: ['cancel'], ends: 'CANCELLED' },
      { name: 'what the carrier has is not cancelled', facts: ['paid'], events: ['cool_down_over', 'label_bought', 'handed_over', 'cancel'], ends: 'HANDED_OVER', refused: 'cancel' },
      { name: 'a held order gets no label by hand', facts: ['paid'], events: ['cool_down_over', 'hold_opens', 'record_label'], ends: 'AWAITING_SHIPMENT', refused: 'record_label' },
      { name: 'cancelled by mistake', facts: ['paid'], events: ['cancel', 'reopen'], ends: 'AWAITING_SHIPMENT' },
      { name: 'sold before we were here', facts: ['paid'], events: ['record_history'], ends: 'COMPLETED' },
    ],
  },

  roles: [
    ...everyTradesRoles,
    {
      code: 'creator',
      label: { en: 'Creator', es: 'Creador' },
      // biome-ignore format: one resource, one row
      permissions: may('workspace',
        'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:reopen', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag', 'orders:price', 'orders:discount',
        'payments:record', 'payments:refund', 'returns:record',
        'stock:read', 'stock:adjust', 'stock:reserve',
        'items:read', 'items:write', 'customers:read', 'customers:write', 'places:read', 'places:write', 'workflows:read', 'jobs:read', 'jobs:retry',
        'orders:export', 'people:read', 'views:share'),
    },
    {
      code: 'staff',
      label: { en: 'Staff', es: 'Personal' },
      // biome-ignore format: one resource, one row
      permissions: may('location',
        'orders:read', 'orders:move', 'orders:hold', 'orders:note', 'orders:tag', 'returns:record',
        'stock:read', 'stock:adjust', 'items:read', 'customers:read', 'places:read', 'workflows:read', 'people:read'),
      hides: ['prices', 'costs'],
    },
  ],

  // biome-ignore format: read it by column
  reasons: [
    ...everyTradesReasons,
    { kind: 'cancel', code: 'oversold',           label: { en: 'Oversold',                    es: 'Vendido de más' } },
    { kind: 'cancel', code: 'lost_in_transit',    label: { en: 'Lost in transit',             es: 'Perdido en el transporte' } },
    { kind: 'cancel', code: 'sent_back',          label: { en: 'Sent back by the carrier',    es: 'Devuelto por el transportista' } },
    { kind: 'move',   code: 'buyer_confirmed',    label: { en: 'The buyer confirmed it',      es: 'El comprador lo confirmó' } },
    { kind: 'move',   code: 'carrier_confirmed',  label: { en: 'The carrier confirmed it',    es: 'El transportista lo confirmó' } },
    { kind: 'refund', code: 'lost_in_transit',    label: { en: 'Lost in transit',             es: 'Perdido en el transporte' } },
  ],

  // biome-ignore format: read it by column
  views: [
    allOrders,
    { code: 'cooling',   label: { en: 'Cooling down', es: 'En espera' },    filter: 'stage:COOL_DOWN',                   sort: 'placed' },
    { code: 'to_ship',   label: { en: 'To ship',      es: 'Por enviar' },   filter: 'stage:AWAITING_SHIPMENT',           sort: 'due', roles: ['creator', 'staff'] },
    { code: 'labelled',  label: { en: 'Label bought', es: 'Con etiqueta' }, filter: 'stage:LABEL_BOUGHT',                sort: 'due' },
    { code: 'on_way',    label: { en: 'On the way',   es: 'En camino' },    filter: 'stage:HANDED_OVER,IN_TRANSIT',      sort: 'placed' },
    { code: 'delivered', label: { en: 'Delivered',    es: 'Entregados' },   filter: 'stage:DELIVERED',                   sort: '-placed' },
    ...everyTradesViews,
  ],
}
