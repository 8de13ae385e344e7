import { mine, type SetCheck } from './set-checks.ts'

export const stockChecks: readonly SetCheck[] = [
  {
    invariant: 'stock.on_hand',
    counts: 'stock',
    violations: `
      select workspace_id, item_id as "item", location_id as "location", lot_id as "lot", coalesce(s.on_hand_milli, 0) as "stored", coalesce(m.milli, 0) as "expected"
      from (select * from stock s where ${mine('s')}) s full join (
        select workspace_id, item_id, location_id, lot_id, sum(delta_milli) as milli from movements m where ${mine('m')} group by 1, 2, 3, 4) m using (workspace_id, item_id, location_id, lot_id)
      where coalesce(s.on_hand_milli, 0) <> coalesce(m.milli, 0)`,
  },
  {
    invariant: 'stock.reserved',
    counts: 'stock',
    violations: `
      select workspace_id, item_id as "item", location_id as "location", lot_id as "lot", coalesce(s.reserved_milli, 0) as "stored", coalesce(r.milli, 0) as "expected"
      from (select * from stock s where ${mine('s')}) s full join (
        select workspace_id, item_id, location_id, lot_id, sum(milli) as milli from reservations r where state = 'open' and ${mine('r')} group by 1, 2, 3, 4) r using (workspace_id, item_id, location_id, lot_id)
      where coalesce(s.reserved_milli, 0) <> coalesce(r.milli, 0)`,
  },
  {
    invariant: 'stock.bounds',
    counts: 'stock',
    violations: `
      select s.workspace_id, s.item_id as "item", s.location_id as "location", s.lot_id as "lot", s.on_hand_milli as "onHand", s.reserved_milli as "reserved"
      from stock s where (s.reserved_milli < 0 or s.reserved_milli > s.on_hand_milli) and ${mine('s')}`,
  },
  {
    invariant: 'reservations.live',
    counts: `reservations t where state = 'open' and order_id is not null`,
    violations: `
      select r.workspace_id, r.id as "reservation", r.order_id as "order", r.line_id as "line", r.milli, coalesce(o.stage, 'there is no such order') as "stage"
      from reservations r left join orders o on o.workspace_id = r.workspace_id and o.id = r.order_id
        left join order_lines l on l.workspace_id = r.workspace_id and l.order_id = r.order_id and l.id = r.line_id
      where r.state = 'open' and r.order_id is not null and (o.id is null or o.phase in ('done', 'cancelled', 'rejected') or (r.line_id is not null and l.id is null)) and ${mine('r')}`,
  },
]

/** Asked when there are more rows than events told of: which. */
export const untoldChecks: Record<'movements' | 'reservations', SetCheck> = {
  movements: {
    invariant: 'replay.movements',
    counts: 'movements t where false',
    violations: `
      select m.workspace_id, m.id, m.order_id as "order", m.item_id as "item", m.delta_milli as "milli", 'no event tells of it' as "why"
      from movements m where ${mine('m')} and case when m.order_id is null
        then not exists (select from events e where e.workspace_id = m.workspace_id and e.commit_id = m.commit_id and e.subject <> 'order' and strpos(e.payload, m.id::text) > 0)
        else not exists (select from events e where e.workspace_id = m.workspace_id and e.subject_id = m.order_id and e.commit_id = m.commit_id and strpos(e.payload, m.id::text) > 0) end`,
  },
  reservations: {
    invariant: 'replay.reservations',
    counts: 'reservations t where false',
    violations: `
      select r.workspace_id, r.id, r.order_id as "order", r.item_id as "item", r.milli, 'no event tells of it' as "why"
      from reservations r where ${mine('r')} and not exists (
        select from events e where e.workspace_id = r.workspace_id and e.subject_id = coalesce(r.order_id, r.id) and e.commit_id = r.commit_id
          and (e.type = 'StockKept' or strpos(e.payload, r.id::text) > 0))`,
  },
}
