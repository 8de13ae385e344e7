import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { type FactName, type GuardFacts, facts as registry } from '#contract/facts.ts'

/** A condition, read and type-checked once and asked often. */
export interface Condition {
  when: string
  /** The facts it asks for. */
  reads: FactName[]
  /** Never throws: what cannot be decided says why, and is neither true nor false. */
  holds(facts: GuardFacts): true | false | { why: string }
}

/**
 * Reads a CEL condition over the fact registry; `why` says what is wrong with it. Refused: bad syntax, facts that are not declared,
 * an optional fact read as if it were always known, anything but a yes or no, and what could take long (see `allowed`).
 */
export function readCondition(when: string): { ok: true; value: Condition } | { ok: false; why: string } {
  try {
    const program = environment.parse(when)
    const reads = new Set<FactName>()
    const why = faultOf(program.ast, reads, false)
    if (why !== null) return { ok: false, why }
    const checked = program.check()
    if (!checked.valid) return { ok: false, why: plain(checked.error) }
    if (checked.type !== 'bool') return { ok: false, why: `it must be a yes or no, not ${checked.type}` }
    return { ok: true, value: { when, reads: [...reads], holds: (facts) => holds(program, facts) } }
  } catch (error) {
    return { ok: false, why: plain(error) }
  }
}

function holds(program: (context: Context) => unknown, facts: GuardFacts): true | false | { why: string } {
  try {
    const answer = program(contextOf(facts))
    return typeof answer === 'boolean' ? answer : { why: `it gave ${typeof answer} instead of a yes or no` }
  } catch (error) {
    return { why: plain(error) }
  }
}

/** The CEL context of one set of facts: a fact is converted when it is asked for, so a guard pays for what it reads. (Keeping contexts in a WeakMap costs more than making them.) */
function contextOf(facts: GuardFacts): Context {
  const context: Context = {}
  for (const [name, View] of views) context[name] = new View(facts)
  return context
}

type Context = Record<string, object>

// cel-js reads a registered class by property, so a getter will do; `undefined` is how it knows that something is absent.
const views = new Map<string, new (facts: GuardFacts) => object>()
const environment = new Environment({ enableOptionalTypes: true, limits: { maxAstNodes: 200, maxDepth: 24, maxListElements: 50 } })
const celTypeOf = {
  string: 'string',
  int: 'int',
  bool: 'bool',
  timestamp: 'google.protobuf.Timestamp',
  'list<string>': 'list<string>',
} as const

for (const [namespace, names] of Map.groupBy(factNames(), (name) => name.slice(0, name.indexOf('.')))) {
  class View {
    readonly facts: GuardFacts
    constructor(facts: GuardFacts) {
      this.facts = facts
    }
  }
  const fields: Record<string, string> = {}
  for (const name of names) {
    const field = name.slice(namespace.length + 1)
    fields[field] = celTypeOf[registry[name].type]
    Object.defineProperty(View.prototype, field, {
      get(this: View) {
        return toCel(name, this.facts[name])
      },
    })
  }
  environment.registerType(`${namespace}Facts`, { ctor: View, fields })
  environment.registerVariable(namespace, `${namespace}Facts`)
  views.set(namespace, View)
}

/**
 * A fact as CEL knows it. Throws where it is not what the registry declares: a bug of whoever filled it, and an unreadable guard.
 * (Checked here and not left to cel-js, where `order.?dueAt` takes a value of the wrong type for an absent one.)
 */
function toCel(name: FactName, value: unknown): unknown {
  const fact: { type: keyof typeof celTypeOf; optional?: boolean } = registry[name]
  if (value === null || value === undefined) {
    if (fact.optional) return undefined
    throw new Error(`${name} is not known`)
  }
  switch (fact.type) {
    case 'int':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
      throw new Error(`${name} is not a whole number that can be kept exactly`)
    case 'timestamp': {
      const at = new Date(typeof value === 'string' ? value : Number.NaN)
      if (Number.isNaN(at.getTime())) throw new Error(`${name} is not a moment`)
      return at
    }
    case 'string':
      if (typeof value === 'string') return value
      throw new Error(`${name} is not text`)
    case 'bool':
      if (typeof value === 'boolean') return value
      throw new Error(`${name} is neither true nor false`)
    case 'list<string>':
      if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
      throw new Error(`${name} is not a list of texts`)
  }
}

/**
 * The functions a condition may call. What is not here is missing on purpose: `matches` backtracks (JavaScript's regular expressions),
 * `dyn` and `type` go round the check, `cel.bind` and `map` build ever larger values.
 */
// biome-ignore format: by what they are about
const allowed = new Set([
  'has', 'hasValue', 'orValue', 'size',
  'contains', 'startsWith', 'endsWith',
  'exists', 'all', 'exists_one', 'filter',
  'timestamp', 'duration', 'getFullYear', 'getMonth', 'getDate', 'getDayOfWeek', 'getHours', 'getMinutes',
])
const quantifiers = new Set(['exists', 'all', 'exists_one', 'filter'])

/**
 * What the type check lets through and we do not: null when there is nothing. Walks the whole expression and collects the facts it reads.
 * (cel-js 8 checks neither `has(order.nope)` nor `order.?nope` against the declared fields, and takes any index on a type of ours.)
 */
function faultOf(node: ASTNode, reads: Set<FactName>, quantified: boolean): string | null {
  if (node.op === '.' || node.op === '.?') {
    const [of, field] = node.args
    if (of.op === 'id' && views.has(of.args)) {
      const name = `${of.args}.${field}`
      if (!isFact(name)) return `there is no fact ${name}`
      reads.add(name)
      const fact: { type: string; optional?: boolean } = registry[name]
      return fact.optional && node.op === '.'
        ? `${name} may not be known: write ${of.args}.?${field}.orValue(…) or ${of.args}.?${field}.hasValue()`
        : null
    }
  }
  if (node.op === 'id' && views.has(node.args)) return `${node.args} alone says nothing; name a fact of it`
  if (node.op === 'call' || node.op === 'rcall') {
    const called = node.args[0]
    if (!allowed.has(called)) return `${called}() is not offered here`
    if (quantifiers.has(called) && node.op === 'rcall') {
      if (quantified) return `${called}() inside another such question is not offered here`
      const [, list, parts] = node.args
      return faultOf(list, reads, quantified) ?? firstFault(parts, reads, true)
    }
  }
  return firstFault(partsOf(node), reads, quantified)
}

function firstFault(nodes: ASTNode[], reads: Set<FactName>, quantified: boolean): string | null {
  for (const node of nodes) {
    const why = faultOf(node, reads, quantified)
    if (why !== null) return why
  }
  return null
}

/** The nodes one level down: every argument that is a node or a list of nodes. */
function partsOf(node: ASTNode): ASTNode[] {
  const args: unknown = node.args
  return (Array.isArray(args) ? args.flat(2) : [args]).filter(isNode)
}

const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value && 'args' in value
function isFact(name: string): name is FactName {
  return Object.hasOwn(registry, name)
}

function factNames(): FactName[] {
  return Object.keys(registry).filter(isFact)
}

/** What cel-js has to say without its drawing of the source. */
function plain(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'summary' in error && typeof error.summary === 'string') return error.summary
  return error instanceof Error ? error.message : String(error)
}
