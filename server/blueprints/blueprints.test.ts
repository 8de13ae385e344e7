import { describe, expect, test } from 'vitest'
import { fieldNamed } from '#contract/filter/fields.ts'
import { orderFields, orderSorts } from '#contract/filter/order-fields.ts'
import { parseFilter } from '#contract/filter/parse.ts'
import { leavesOf } from '#contract/filter/syntax.ts'
import { permissions } from '#contract/permissions.ts'
import { textOf } from '#contract/texts.ts'
import type { Definition, Label, Move } from '#contract/workflow.ts'
import { compile, draw, explain, readDefinition, runExamples } from '#modules/workflow/index.ts'
import { playExample } from '#usecases/workflows/play-example.ts'
import { blueprints } from './index.ts'

describe.each(blueprints.map((blueprint) => [blueprint.code, blueprint] as const))('%s', (code, blueprint) => {
  const { workflow } = blueprint

  test('is a definition that can be published', () => {
    expect(readDefinition(JSON.parse(JSON.stringify(workflow)))).toEqual({ ok: true, value: workflow })
    expect(compile(workflow, { version: 1 })).toMatchObject({ ok: true, value: { code, version: 1 } })
  })

  test.each(workflow.examples.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const played = runExamples({ ...workflow, examples: [example] }, flowOf(workflow), playExample)
    expect(played.ok || textOf(played.reason.code, played.reason.params)).toBe(true)
  })

  test('shows every move and every timer in an example', () => {
    const taken = new Set(workflow.examples.flatMap((example) => example.events))
    const untaken = workflow.moves.filter((move) => move.by !== 'auto' && !taken.has(move.on)).map((move) => move.on)
    expect(untaken).toEqual([])
  })

  test('leads from everywhere that has not ended to an end', () => {
    const stranded = Object.keys(workflow.stages).filter((stage) => !reaches(workflow, stage))
    expect(stranded).toEqual([])
  })

  test('says for every wait what happens if nobody acts', () => {
    const endless = Object.entries(workflow.stages).filter(
      ([, stage]) => !['done', 'cancelled', 'rejected'].includes(stage.phase) && !stage.late,
    )
    expect(endless.map(([stage]) => stage)).toEqual([])
  })

  test('has views that can be asked of its workflow, each by an index of its own', () => {
    const known = { stage: Object.keys(workflow.stages) }
    const wrong = blueprint.views.flatMap(({ code: view, filter, sort, roles = [] }) => {
      const read = parseFilter(filter, { fields: orderFields, known })
      if (!read.ok) return [`${view}: ${read.errors.map((error) => error.code).join()}`]
      const slow = leavesOf(read.filter).filter((leaf) => leaf.kind === 'test' && !fieldNamed(orderFields, leaf.field)?.indexed)
      const strange = roles.filter((role) => !blueprint.roles.some((one) => one.code === role))
      return [...slow.map(() => `${view}: slow`), ...strange, ...(Object.hasOwn(orderSorts, sort.replace('-', '')) ? [] : [sort])]
    })
    expect(wrong).toEqual([])
    expect(new Set(blueprint.views.map((view) => view.code)).size).toBe(blueprint.views.length)
  })

  test('can record history, cancel and reopen the way the verbs expect it', () => {
    const ends = Object.keys(workflow.stages).filter((stage) =>
      ['done', 'cancelled', 'rejected'].includes(workflow.stages[stage]?.phase ?? ''),
    )
    expect(movesOn(workflow, 'record_history')).toMatchObject([{ permission: 'orders:import', effects: ['hand_over'] }])
    expect(originsOn(workflow, 'record_history')).toContain(workflow.initial)
    expect(originsOn(workflow, 'cancel')).toContain(workflow.initial)
    expect(originsOn(workflow, 'reopen').sort()).toEqual(ends.sort())
    for (const move of [...movesOn(workflow, 'cancel'), ...movesOn(workflow, 'reopen')]) expect(move.requires).toEqual(['reason'])
  })

  test('speaks Spanish wherever it speaks', () => {
    const silent = labelsIn(blueprint).filter((label) => !label.es?.trim())
    expect(silent).toEqual([])
  })

  test('has an owner who may do everything, and somebody for every move', () => {
    expect(blueprint.roles.find((role) => role.code === 'owner')?.permissions.map((grant) => grant.permission)).toEqual([...permissions])
    for (const move of flowOf(workflow).movesFrom(workflow.initial)) {
      if (move.by === 'action')
        expect(blueprint.roles.some((role) => role.permissions.some((grant) => grant.permission === move.permission))).toBe(true)
    }
  })

  test('names every role once, every permission of a role once and every reason of a kind once', () => {
    expect(repeated(blueprint.roles.map((role) => role.code))).toEqual([])
    for (const role of blueprint.roles) expect(repeated(role.permissions.map((grant) => grant.permission))).toEqual([])
    expect(repeated(blueprint.reasons.map(({ kind, code: reason }) => `${kind} ${reason}`))).toEqual([])
  })

  test.each(['en', 'es'] as const)('is told in sentences as reviewed (%s)', async (language) => {
    await expect(`${explain(workflow, language).join('\n')}\n`).toMatchFileSnapshot(`golden/${code}.${language}.txt`)
  })

  test('is drawn as reviewed', async () => {
    await expect(draw(workflow)).toMatchFileSnapshot(`golden/${code}.mmd`)
  })
})

function flowOf(workflow: Definition) {
  const flow = compile(workflow, { version: 1 })
  if (!flow.ok) throw new Error(textOf(flow.reason.code, flow.reason.params))
  return flow.value
}

const movesOn = (workflow: Definition, on: string): Move[] => workflow.moves.filter((move) => move.on === on)
const originsOn = (workflow: Definition, on: string): string[] => movesOn(workflow, on).flatMap((move) => move.from)
const repeated = (words: string[]): string[] => words.filter((word, at) => words.indexOf(word) !== at)

function reaches(workflow: Definition, stage: string): boolean {
  const seen = [stage]
  for (const at of seen) {
    if (['done', 'cancelled', 'rejected'].includes(workflow.stages[at]?.phase ?? '')) return true
    for (const move of workflow.moves) if ([move.from].flat().includes(at) && !seen.includes(move.to)) seen.push(move.to)
  }
  return false
}

function labelsIn(value: unknown): Label[] {
  if (typeof value !== 'object' || value === null) return []
  if ('en' in value && typeof value.en === 'string') return [value as Label] // a label is what has an English text
  return Object.values(value).flatMap(labelsIn)
}
