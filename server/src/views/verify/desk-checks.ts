import { someoneWorks } from './log-checks.ts'
import { mine, type SetCheck } from './set-checks.ts'

/** Numbers, ids from outside, money without an order, keys, and what is owed. */
export const deskChecks: readonly SetCheck[] = [
  {
    invariant: 'orders.numbers',
    counts: 'orders',
    violations: `
      select o.workspace_id, 'order' as "of", o.number, count(*) as "times", max(c.next) as "next" from orders o
        left join workspace_counters c on c.workspace_id = o.workspace_id and c.name = 'order'
      where ${mine('o')} group by 1, 3 having count(*) > 1 or max(c.next) is null or o.number >= max(c.next)
      union all
      select r.workspace_id, 'return', r.number, count(*), max(c.next) from returns r
        left join workspace_counters c on c.workspace_id = r.workspace_id and c.name = 'return'
      where ${mine('r')} group by 1, 3 having count(*) > 1 or max(c.next) is null or r.number >= max(c.next)`,
  },
  {
    invariant: 'outside.ids',
    counts: 'orders t where external_id is not null',
    violations: `
      select workspace_id, 'order' as "of", external_id as "outside", coalesce(connection_id::text, '') as "connection", count(*) as "times"
        from orders o where external_id is not null and ${mine('o')} group by 1, 3, 4 having count(*) > 1
      union all
      select workspace_id, 'return', external_id, coalesce(connection_id::text, ''), count(*) from returns r where external_id is not null and ${mine('r')} group by 1, 3, 4 having count(*) > 1
      union all
      select workspace_id, 'movement', external_id, '', count(*) from movements m where external_id is not null and ${mine('m')} group by 1, 3 having count(*) > 1
      union all
      select workspace_id, 'payment', reference, provider || ' ' || kind, count(*) from money_entries m where reference is not null and ${mine('m')} group by 1, 3, 4 having count(*) > 1`,
  },
  {
    invariant: 'money.ledger',
    counts: 'money_entries t where order_id is null',
    violations: `
      select m.workspace_id, m.id as "entry", m.return_id as "return", m.amount_minor as "amount",
        case when r.id is null then 'there is no such return' when m.currency <> r.currency then 'another currency than its return' else 'not of the commit of its return' end as "why"
      from money_entries m left join returns r on r.workspace_id = m.workspace_id and r.id = m.return_id
      where m.order_id is null and (r.id is null or m.currency <> r.currency or m.commit_id <> r.commit_id) and ${mine('m')}`,
  },
  {
    invariant: 'keys.subjects',
    counts: 'idempotency_keys',
    violations: `
      select k.workspace_id, k.route, k.key, k.subject_id as "subject" from idempotency_keys k
      where not exists (select from events e where e.workspace_id = k.workspace_id and e.subject_id = k.subject_id) and ${mine('k')}`,
  },
  {
    invariant: 'owed.alarms',
    counts: `owed t where state in ('due', 'claimed')`,
    violations: `
      select o.workspace_id, o.id as "owed", o.kind, o.lane, o.state, o.due_at as "dueAt" from owed o
      where ${someoneWorks} and ${mine('o')} and (
        (o.state = 'due' and o.due_at < now() - interval '60 s' and not exists (select from graphile_worker.jobs j where j.task_identifier = o.lane || ':' || o.kind))
        or (o.state = 'claimed' and o.claimed_at < now() - interval '60 s' and not exists (select from processes p where p.id = o.claimed_by and p.seen_at > now() - interval '60 s')))`,
  },
  {
    invariant: 'owed.timers',
    counts: 'timers',
    violations: `
      select t.workspace_id, t.order_id as "order", t.name as "timer", t.due_at as "dueAt" from timers t
      where ${someoneWorks} and t.due_at < now() - interval '60 s' and (t.claimed_until is null or t.claimed_until < now()) and ${mine('t')}
      union all
      select r.workspace_id, r.id, 'reservation', r.expires_at from reservations r
      where ${someoneWorks} and r.state = 'open' and r.expires_at < now() - interval '60 s' and ${mine('r')}`,
  },
]
