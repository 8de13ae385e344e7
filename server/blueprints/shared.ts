import { permissions } from '#contract/permissions.ts'
import { type ListedReason, may, type Role, type ShippedView } from './blueprint.ts'

/** Roles that mean the same in every trade. */
export const everyTradesRoles: Role[] = [
  { code: 'owner', label: { en: 'Owner', es: 'Propietario' }, permissions: may('workspace', ...permissions) },
  {
    code: 'administrator',
    label: { en: 'Administrator', es: 'Administrador' },
    // What roles may do is the owners' to say; and having less than they, an administrator can neither make nor unmake one.
    permissions: may('workspace', ...permissions.filter((permission) => permission !== 'roles:write')),
  },
  {
    code: 'read_only',
    label: { en: 'Read only', es: 'Solo lectura' },
    permissions: may(
      'workspace',
      'orders:read',
      'stock:read',
      'items:read',
      'customers:read',
      'places:read',
      'workflows:read',
      'people:read',
    ),
    hides: ['costs'],
  },
  {
    code: 'integration',
    label: { en: 'Integration', es: 'Integración' },
    // biome-ignore format: one resource, one row
    permissions: may('workspace',
      'orders:read', 'orders:place', 'orders:move', 'orders:cancel', 'orders:hold', 'orders:note', 'orders:tag', 'orders:price', 'orders:discount', 'orders:import',
      'payments:record', 'payments:refund', 'returns:record',
      'stock:read', 'stock:adjust', 'stock:reserve',
      'items:read', 'items:write', 'customers:read', 'customers:write', 'places:read', 'workflows:read'),
  },
]

/** Reasons that every trade knows. */
// biome-ignore format: read it by column
export const everyTradesReasons: ListedReason[] = [
  { kind: 'cancel',     code: 'customer_changed_mind', label: { en: 'Customer changed their mind', es: 'El cliente cambió de idea' } },
  { kind: 'cancel',     code: 'entered_twice',         label: { en: 'Entered twice',               es: 'Introducido dos veces' } },
  { kind: 'cancel',     code: 'out_of_stock',          label: { en: 'Out of stock',                es: 'Sin existencias' } },
  { kind: 'cancel',     code: 'suspected_fraud',       label: { en: 'Suspected fraud',             es: 'Sospecha de fraude' } },
  { kind: 'reopen',     code: 'ended_by_mistake',      label: { en: 'Ended by mistake',            es: 'Terminado por error' } },
  { kind: 'reopen',     code: 'customer_came_back',    label: { en: 'Customer came back',          es: 'El cliente volvió' } },
  { kind: 'hold',       code: 'waiting_for_customer',  label: { en: 'Waiting for the customer',    es: 'Esperando al cliente' } },
  { kind: 'hold',       code: 'waiting_for_payment',   label: { en: 'Waiting for payment',         es: 'Esperando el pago' } },
  { kind: 'hold',       code: 'address_unclear',       label: { en: 'Address unclear',             es: 'Dirección poco clara' } },
  { kind: 'refund',     code: 'returned',              label: { en: 'Goods came back',             es: 'Se devolvió la mercancía' } },
  { kind: 'refund',     code: 'goodwill',              label: { en: 'Goodwill',                    es: 'Cortesía' } },
  { kind: 'refund',     code: 'charged_wrongly',       label: { en: 'Charged wrongly',             es: 'Cobro incorrecto' } },
  { kind: 'return',     code: 'damaged',               label: { en: 'Damaged',                     es: 'Dañado' } },
  { kind: 'return',     code: 'wrong_item',            label: { en: 'Wrong item',                  es: 'Artículo equivocado' } },
  { kind: 'return',     code: 'not_wanted',            label: { en: 'Not wanted any more',         es: 'Ya no lo quiere' } },
  { kind: 'return',     code: 'voided_at_source',      label: { en: 'Voided where it was sold',    es: 'Anulado donde se vendió' } },
  { kind: 'short_pick', code: 'not_on_shelf',          label: { en: 'Not on the shelf',            es: 'No está en el estante' } },
  { kind: 'short_pick', code: 'damaged_on_shelf',      label: { en: 'Damaged on the shelf',        es: 'Dañado en el estante' } },
  { kind: 'discount',   code: 'promotion',             label: { en: 'Promotion',                   es: 'Promoción' } },
  { kind: 'discount',   code: 'regular_customer',      label: { en: 'Regular customer',            es: 'Cliente habitual' } },
  { kind: 'discount',   code: 'staff',                 label: { en: 'Staff',                       es: 'Personal' } },
  { kind: 'adjust',     code: 'received',              label: { en: 'Received',                    es: 'Recibido' } },
  { kind: 'adjust',     code: 'counted',               label: { en: 'Counted',                     es: 'Recuento' } },
  { kind: 'adjust',     code: 'spoiled',               label: { en: 'Spoiled or broken',           es: 'Estropeado o roto' } },
  { kind: 'adjust',     code: 'opening',               label: { en: 'Opening stock',               es: 'Existencias iniciales' } },
]

/** The view of everything, and it stays so. */
export const allOrders: ShippedView = { code: 'all', label: { en: 'All', es: 'Todos' }, filter: '', sort: '-placed', locked: true }

/** Views that mean work in every trade; they come after those of the trade's own stages. */
// biome-ignore format: read it by column
export const everyTradesViews: ShippedView[] = [
  { code: 'late',       label: { en: 'Late',            es: 'Tarde' },        filter: 'is:live is:late',         sort: 'due' },
  { code: 'overdue',    label: { en: 'Overdue',         es: 'Vencidos' },     filter: 'is:overdue',              sort: 'due' },
  { code: 'problem',    label: { en: 'Problem',         es: 'Con problema' }, filter: 'is:problem',              sort: 'placed' },
  { code: 'held',       label: { en: 'Held',            es: 'Retenidos' },    filter: 'is:held',                 sort: 'placed' },
  { code: 'short',      label: { en: 'Short of stock',  es: 'Sin existencias' }, filter: 'is:live is:short',     sort: 'placed' },
  { code: 'unpaid',     label: { en: 'Unpaid',          es: 'Sin pagar' },    filter: 'is:live payment:unpaid', sort: 'placed' },
  { code: 'mine',       label: { en: 'Mine',            es: 'Míos' },         filter: 'is:live assignee:me',     sort: 'due' },
  { code: 'unassigned', label: { en: 'Unassigned',      es: 'Sin asignar' },  filter: 'is:live assignee:none',   sort: 'due' },
]
