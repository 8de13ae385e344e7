import { type Blueprint, may } from './blueprint.ts'
import { allOrders, everyTradesReasons, everyTradesRoles, everyTradesViews } from './shared.ts'

/** Bakeries, kitchens and workshops with branches: what is ordered is made, from ingredients that must be there first. */
export const madeToOrder: Blueprint = {
  code: 'made-to-order',
  label: { en: 'Made to order', es: 'Por encargo' },

  workflow: {
    code: 'made-to-order',
    label: { en: 'Made to order', es: 'Por encargo' },
    initial: 'AwaitingProcurement',
    // What is missing is bought or made: the first in line keeps what is there, so that a large order is not overtaken for ever.
    onShort: 'wait',
    whileWaiting: 'take_free',

    // biome-ignore format: read it by column
    stages: {
      AwaitingProcurement: { phase: 'open',      label: { en: 'Waiting for ingredients', es: 'Esperando ingredientes' },   late: { after: 'P1D',   on: 'not_procured' }, entering: ['reserve_stock'] },
      ReadyForProduction:  { phase: 'open',      label: { en: 'Ready to be made',        es: 'Listo para producir' },      late: { after: 'PT12H', on: 'not_made' } },
      InProduction:        { phase: 'working',   label: { en: 'Being made',              es: 'En producción' },            late: { after: 'P1D',   on: 'not_finished' } },
      ReadyForPickup:      { phase: 'ready',     label: { en: 'Ready to be picked up',   es: 'Listo para recoger' },       late: { after: 'P2D',   on: 'not_collected' } },
      Completed:           { phase: 'done',      label: { en: 'Completed',               es: 'Completado' } },
      Rejected:            { phase: 'rejected',  label: { en: 'Rejected',                es: 'Rechazado' } },
      Cancelled:           { phase: 'cancelled', label: { en: 'Cancelled',               es: 'Cancelado' } },
    },

    moves: [
      {
        from: 'AwaitingProcurement',
        on: 'stock_is_there',
        by: 'auto',
        to: 'ReadyForProduction',
        label: { en: 'Everything is there', es: 'Hay de todo' },
        guards: [
          {
            when: '!stock.isShort',
            because: {
              en: 'Ingredients are missing. Receive them or let procurement decide.',
              es: 'Faltan ingredientes. Recíbelos o deja que decida compras.',
            },
          },
        ],
      },
      // Procurement has promised it: production may plan with it, though not start without it.
      {
        from: 'AwaitingProcurement',
        on: 'confirm_procurement',
        to: 'ReadyForProduction',
        label: { en: 'It will be here in time', es: 'Llegará a tiempo' },
        permission: 'stock:reserve',
      },
      {
        from: 'ReadyForProduction',
        on: 'start_production',
        to: 'InProduction',
        label: { en: 'Start making', es: 'Empezar a producir' },
        guards: [
          {
            when: '!stock.isShort',
            because: { en: 'Ingredients are still missing. Receive them first.', es: 'Todavía faltan ingredientes. Recíbelos primero.' },
          },
        ],
        effects: ['consume_stock'],
      },
      {
        from: 'InProduction',
        on: 'finish_production',
        to: 'ReadyForPickup',
        label: { en: 'Finished', es: 'Terminado' },
        effects: ['count_made'],
      },
      {
        from: 'InProduction',
        on: 'start_over',
        to: 'AwaitingProcurement',
        label: { en: 'Spoiled, start over', es: 'Se estropeó, empezar de nuevo' },
        requires: ['reason'],
      },
      { from: 'ReadyForPickup', on: 'hand_over', to: 'Completed', label: { en: 'Hand over', es: 'Entregar' }, effects: ['hand_over'] },
      // Made and never collected: the ingredients are gone, the order still has to end.
      {
        from: 'ReadyForPickup',
        on: 'discard',
        to: 'Cancelled',
        label: { en: 'Nobody came: discard', es: 'Nadie vino: desechar' },
        permission: 'orders:cancel',
        requires: ['reason'],
        effects: ['cancel_open'],
      },
      {
        from: ['AwaitingProcurement', 'ReadyForProduction'],
        on: 'reject',
        to: 'Rejected',
        label: { en: 'Reject', es: 'Rechazar' },
        permission: 'stock:reserve',
        requires: ['reason'],
        effects: ['cancel_open'],
      },
      {
        from: ['AwaitingProcurement', 'ReadyForProduction'],
        on: 'cancel',
        to: 'Cancelled',
        label: { en: 'Cancel', es: 'Cancelar' },
        permission: 'orders:cancel',
        requires: ['reason'],
        effects: ['cancel_open'],
      },
      {
        from: ['Completed', 'Rejected', 'Cancelled'],
        on: 'reopen',
        to: 'AwaitingProcurement',
        label: { en: 'Reopen', es: 'Reabrir' },
        permission: 'orders:reopen',
        requires: ['reason'],
        effects: ['restore_lines'],
      },
      // An order whose ingredients are there leaves the first stage by itself, hence both.
      {
        from: ['AwaitingProcurement', 'ReadyForProduction'],
        on: 'record_history',
        to: 'Completed',
        label: { en: 'Record as sold', es: 'Registrar como vendido' },
        permission: 'orders:import',
        effects: ['hand_over'],
      },
    ],

    // biome-ignore format: one example, one row
    examples: [
      { name: 'ingredients are there', events: [], ends: 'ReadyForProduction' },
      { name: 'made and picked up', events: ['start_production', 'finish_production', 'hand_over'], ends: 'Completed' },
      { name: 'flour is missing', facts: ['stock_is_short'], events: [], ends: 'AwaitingProcurement' },
      { name: 'flour arrives and it goes on by itself', facts: ['stock_is_short'], events: ['stock_arrives'], ends: 'ReadyForProduction' },
      { name: 'nothing is made from what is not there', facts: ['stock_is_short'], events: ['confirm_procurement', 'start_production'], ends: 'ReadyForProduction', refused: 'start_production' },
      { name: 'procurement promised and kept it', facts: ['stock_is_short'], events: ['confirm_procurement', 'stock_arrives', 'start_production'], ends: 'InProduction' },
      { name: 'procurement cannot get it', facts: ['stock_is_short'], events: ['reject'], ends: 'Rejected' },
      { name: 'nobody procures it', facts: ['stock_is_short'], events: ['not_procured'], ends: 'AwaitingProcurement' },
      { name: 'nobody collects it yet', events: ['start_production', 'finish_production', 'not_collected'], ends: 'ReadyForPickup' },
      { name: 'nobody ever collects it', events: ['start_production', 'finish_production', 'discard'], ends: 'Cancelled' },
      { name: 'the batch burnt', events: ['start_production', 'start_over', 'start_production', 'finish_production', 'hand_over'], ends: 'Completed' },
      { name: 'cancelled before it was made', events: ['cancel'], ends: 'Cancelled' },
      { name: 'what is being made is not cancelled', events: ['start_production', 'cancel'], ends: 'InProduction', refused: 'cancel' },
      { name: 'what is being made is not rejected', events: ['start_production', 'reject'], ends: 'InProduction', refused: 'reject' },
      { name: 'a held order is not made', events: ['hold_opens', 'start_production'], ends: 'ReadyForProduction', refused: 'start_production' },
      { name: 'a held order waits even when everything is there', facts: ['stock_is_short', 'on_hold'], events: ['stock_arrives'], ends: 'AwaitingProcurement' },
      { name: 'released, it goes on by itself', facts: ['stock_is_short', 'on_hold'], events: ['stock_arrives', 'hold_closes'], ends: 'ReadyForProduction' },
      { name: 'the customer comes back', events: ['cancel', 'reopen'], ends: 'ReadyForProduction' },
      { name: 'sold before we were here', events: ['record_history'], ends: 'Completed' },
      { name: 'sold before we were here, from stock nobody counted', facts: ['stock_is_short'], events: ['stock_arrives', 'record_history'], ends: 'Completed' },
    ],
  },

  roles: [
    ...everyTradesRoles,
    {
      code: 'sales_supervisor',
      label: { en: 'Sales supervisor', es: 'Supervisor de ventas' },
      // biome-ignore format: one resource, one row
      permissions: [
        ...may('team',
          'orders:read', 'orders:place', 'orders:cancel', 'orders:note', 'orders:assign', 'orders:tag', 'orders:discount',
          'payments:record', 'customers:read', 'customers:write'),
        ...may('workspace', 'items:read', 'places:read', 'workflows:read', 'stock:read', 'people:read'),
      ],
      hides: ['costs'],
      moneyLimits: { discountMinor: 5_000 },
    },
    {
      code: 'branch_manager',
      label: { en: 'Branch manager', es: 'Encargado de sucursal' },
      // biome-ignore format: one resource, one row
      permissions: may('location',
        'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:reopen', 'orders:hold', 'orders:note', 'orders:assign', 'orders:tag', 'orders:price', 'orders:discount',
        'payments:record', 'payments:refund', 'returns:record',
        'stock:read', 'stock:adjust', 'stock:reserve',
        'items:read', 'customers:read', 'customers:write', 'places:read', 'workflows:read', 'jobs:read', 'jobs:retry',
        'orders:export', 'people:read', 'people:write', 'views:share'),
    },
    {
      code: 'procurement',
      label: { en: 'Procurement', es: 'Compras' },
      // biome-ignore format: one resource, one row
      permissions: may('workspace',
        'orders:read', 'orders:note', 'orders:move', 'stock:read', 'stock:adjust', 'stock:reserve',
        'items:read', 'items:write', 'places:read', 'workflows:read', 'people:read'),
      hides: ['contact', 'prices'],
    },
    {
      code: 'production',
      label: { en: 'Production', es: 'Producción' },
      // biome-ignore format: one resource, one row
      permissions: may('location',
        'orders:read', 'orders:move', 'orders:note', 'orders:hold', 'stock:read', 'stock:adjust',
        'items:read', 'places:read', 'workflows:read', 'people:read'),
      hides: ['contact', 'prices', 'costs'],
    },
  ],

  // biome-ignore format: read it by column
  reasons: [
    ...everyTradesReasons,
    { kind: 'cancel', code: 'not_collected',       label: { en: 'Not collected',                es: 'No recogido' } },
    { kind: 'reject', code: 'cannot_be_procured',  label: { en: 'Ingredients cannot be had',    es: 'No se consiguen los ingredientes' } },
    { kind: 'reject', code: 'no_capacity',         label: { en: 'No capacity in time',          es: 'Sin capacidad a tiempo' } },
    { kind: 'reject', code: 'not_what_we_make',    label: { en: 'Not something we make',        es: 'No es algo que hagamos' } },
    { kind: 'move',   code: 'batch_spoiled',       label: { en: 'The batch spoiled',            es: 'Se estropeó la tanda' } },
    { kind: 'move',   code: 'made_wrongly',        label: { en: 'Made differently than asked',  es: 'Hecho distinto de lo pedido' } },
    { kind: 'hold',   code: 'allergy_to_be_clear', label: { en: 'Allergy to be cleared up',     es: 'Alergia por aclarar' } },
  ],

  // biome-ignore format: read it by column
  views: [
    allOrders,
    { code: 'to_procure', label: { en: 'To procure',   es: 'Por comprar' },   filter: 'stage:AwaitingProcurement', sort: 'due', roles: ['procurement'] },
    { code: 'to_make',    label: { en: 'To make',      es: 'Por hacer' },     filter: 'stage:ReadyForProduction',  sort: 'due', roles: ['production'] },
    { code: 'making',     label: { en: 'Being made',   es: 'En producción' }, filter: 'stage:InProduction',        sort: 'due' },
    { code: 'ready',      label: { en: 'Ready',        es: 'Listos' },        filter: 'stage:ReadyForPickup',      sort: 'due' },
    { code: 'workshop',   label: { en: 'Workshop board', es: 'Tablero' },     filter: 'is:live',                   sort: 'due', layout: 'board' },
    ...everyTradesViews,
  ],
}
