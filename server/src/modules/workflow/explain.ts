import type { Definition, EffectWord, Label, Move, Stage } from '#contract/workflow.ts'
import { originsOf, permissionOf } from './compile.ts'
import { durationMs } from './duration.ts'
import { stagesInOrder } from './stage-order.ts'

/** A definition in sentences, one a line, in English or Spanish: where orders start, and for every stage what happens there and who may do what. */
export function explain(definition: Definition, language: Language = 'en'): string[] {
  const voice = voiceFor(definition, language)
  const { say, stageName } = voice
  const lines = [
    `# ${voice.named(definition.label)} (${definition.code})`,
    '',
    say.starts(stageName(definition.initial)),
    say.onShort[shortWord(definition)],
  ]
  for (const code of stagesInOrder(definition)) {
    const stage = definition.stages[code]
    if (stage)
      lines.push(
        '',
        `## ${stageName(code)}: ${say.phases[stage.phase]}`,
        ...stageSentences(definition, code, stage, voice).map((line) => `- ${line}`),
      )
  }
  return lines
}

export type Language = 'en' | 'es'

/** What every sentence needs: the phrases of a language and the names of the definition in it. */
interface Voice {
  say: Phrases
  language: Language
  named(label: Label): string
  stageName(code: string): string
}

function voiceFor(definition: Definition, language: Language): Voice {
  const named = (label: Label) => label[language] ?? label.en
  return {
    say: phrases[language],
    language,
    named,
    stageName: (code) => `${named(definition.stages[code]?.label ?? { en: code })} (${code})`,
  }
}

function shortWord({ onShort, whileWaiting }: Definition): keyof Phrases['onShort'] {
  return onShort === 'wait' ? (whileWaiting ?? 'take_free') : onShort
}

function stageSentences(definition: Definition, code: string, stage: Stage, voice: Voice): string[] {
  const { say } = voice
  const moves = definition.moves.filter((move) => originsOf(move).includes(code))
  const lines: string[] = []
  if (stage.entering?.length) lines.push(say.entering(effectsIn(stage.entering, voice)))
  if (stage.due) lines.push(say.due(lengthOf(stage.due, voice)))
  if (stage.late) lines.push(lateSentence(stage.late, moves, voice))
  else if (!ended.has(stage.phase)) lines.push(say.waits)
  for (const move of moves) if (move.by !== 'timer') lines.push(moveSentence(move, move.by ?? 'action', voice))
  if (moves.length === 0) lines.push(say.nothingLeadsOn)
  return lines
}

const ended = new Set(['done', 'cancelled', 'rejected'])

function lateSentence(late: NonNullable<Stage['late']>, moves: Move[], voice: Voice): string {
  const { say, stageName } = voice
  const length = lengthOf(late.after, voice)
  const fired = moves.filter((move) => move.by === 'timer' && move.on === late.on)
  if (fired.length === 0) return say.lateCalls(length, late.on)
  return fired
    .map((move) => {
      const conditions = (move.guards ?? []).map(({ when }) => say.onlyIf(when, say.orCalls))
      return [say.lateMoves(length, late.on, stageName(move.to)), ...conditions, ...thenOf(move, voice)].join(' ')
    })
    .join(' ')
}

function moveSentence(move: Move, by: keyof Phrases['moves'], voice: Voice): string {
  const { say, named, language } = voice
  const name = move.label ? `${named(move.label)} (${move.on})` : move.on
  const needed = (move.requires ?? []).map((required) => (required === 'reason' ? say.reason : say.field(required.slice('field.'.length))))
  const permission = permissionOf(move)
  return [
    say.moves[by](name, voice.stageName(move.to)),
    ...(permission ? [say.who(permission)] : []),
    ...(needed.length > 0 ? [say.needs(listOf(needed, language))] : []),
    ...(move.fourEyes ? [say.fourEyes] : []),
    ...(move.guards ?? []).map(({ when, because }) => say.onlyIf(when, `“${named(because)}”`)),
    ...thenOf(move, voice),
  ].join(' ')
}

const thenOf = (move: Move, voice: Voice) => (move.effects?.length ? [voice.say.andThen(effectsIn(move.effects, voice))] : [])

const effectsIn = (words: EffectWord[], { say, language }: Voice) =>
  listOf(
    words.map((word) => say.effects[word]),
    language,
  )

const listOf = (parts: string[], language: string) => new Intl.ListFormat(language).format(parts)

/** `PT90M` → `1 hour, 30 minutes`: what the definition says, in the units people use. */
function lengthOf(duration: string, { language }: Voice): string {
  const minutes = Math.round((durationMs(duration) ?? 0) / 60_000)
  const parts = { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 }
  return new Intl.DurationFormat(language, { style: 'long' }).format(parts)
}

interface Phrases {
  starts(stage: string): string
  onShort: Record<'refuse' | 'take_free' | 'take_nothing' | 'accept', string>
  phases: Record<Stage['phase'], string>
  entering(effects: string): string
  due(length: string): string
  waits: string
  lateCalls(length: string, on: string): string
  lateMoves(length: string, on: string, to: string): string
  orCalls: string
  nothingLeadsOn: string
  moves: Record<'action' | 'event' | 'auto', (name: string, to: string) => string>
  who(permission: string): string
  needs(list: string): string
  reason: string
  field(name: string): string
  fourEyes: string
  onlyIf(when: string, otherwise: string): string
  andThen(effects: string): string
  effects: Record<EffectWord, string>
}

const phrases: Record<Language, Phrases> = {
  en: {
    starts: (stage) => `An order starts at ${stage}.`,
    onShort: {
      refuse: 'When stock is missing, the order is refused.',
      take_free: 'When stock is missing, the order waits: it takes what is free and the rest as it arrives.',
      take_nothing: 'When stock is missing, the order waits and takes nothing until everything is there.',
      accept: 'When stock is missing, the order is taken all the same, what is missing is noted and a person is called.',
    },
    phases: {
      draft: 'not placed yet',
      open: 'accepted, waiting',
      working: 'being worked on',
      ready: 'ready to be handed over',
      moving: 'on its way',
      done: 'finished',
      cancelled: 'ended without it',
      rejected: 'refused by us',
    },
    entering: (effects) => `On entering: ${effects}.`,
    due: (length) => `It is due ${length} later, unless the customer asked for a time.`,
    waits: 'If nobody acts, it stays here and nobody is told.',
    lateCalls: (length, on) => `If nobody acts for ${length} (${on}), a person is called.`,
    lateMoves: (length, on, to) => `If nobody acts for ${length} (${on}), it becomes ${to}.`,
    orCalls: 'a person is called.',
    nothingLeadsOn: 'Nothing leads on from here.',
    moves: {
      action: (name, to) => `${name}: it becomes ${to}.`,
      event: (name, to) => `When it is reported, ${name}: it becomes ${to}.`,
      auto: (name, to) => `By itself, ${name}: it becomes ${to}.`,
    },
    who: (permission) => `Takes the permission ${permission}.`,
    needs: (list) => `Needs ${list}.`,
    reason: 'a reason',
    field: (name) => `the field ${name}`,
    fourEyes: 'Takes another person than the one who brought it here.',
    onlyIf: (when, otherwise) => `Only if \`${when}\`, otherwise: ${otherwise}`,
    andThen: (effects) => `With it, ${effects}.`,
    effects: {
      reserve_stock: 'stock is taken for everything still open',
      release_stock: 'everything reserved is given back',
      consume_stock: 'what is reserved leaves the stock',
      count_made: 'everything open counts as made',
      count_picked: 'everything open counts as picked',
      count_packed: 'everything open counts as packed',
      count_delivered: 'everything handed over counts as delivered',
      hand_over: 'what is open is handed over and leaves the stock',
      cancel_open: 'what is open is cancelled and its stock given back',
      restore_lines: 'what was cancelled is open again',
      raise_attention: 'a person is called',
      clear_attention: 'nobody needs to look any more',
    },
  },
  es: {
    starts: (stage) => `Un pedido empieza en ${stage}.`,
    onShort: {
      refuse: 'Si faltan existencias, el pedido se rechaza.',
      take_free: 'Si faltan existencias, el pedido espera: toma lo que hay libre y el resto según llega.',
      take_nothing: 'Si faltan existencias, el pedido espera y no toma nada hasta que haya de todo.',
      accept: 'Si faltan existencias, el pedido se acepta igualmente, se anota lo que falta y se avisa a una persona.',
    },
    phases: {
      draft: 'aún sin hacer',
      open: 'aceptado, en espera',
      working: 'en curso',
      ready: 'listo para entregar',
      moving: 'en camino',
      done: 'terminado',
      cancelled: 'terminado sin entrega',
      rejected: 'rechazado por nosotros',
    },
    entering: (effects) => `Al entrar: ${effects}.`,
    due: (length) => `Vence ${length} después, salvo que el cliente haya pedido una hora.`,
    waits: 'Si nadie actúa, se queda aquí y no se avisa a nadie.',
    lateCalls: (length, on) => `Si nadie actúa en ${length} (${on}), se avisa a una persona.`,
    lateMoves: (length, on, to) => `Si nadie actúa en ${length} (${on}), pasa a ${to}.`,
    orCalls: 'se avisa a una persona.',
    nothingLeadsOn: 'Nada lleva más allá de aquí.',
    moves: {
      action: (name, to) => `${name}: pasa a ${to}.`,
      event: (name, to) => `Cuando se comunica, ${name}: pasa a ${to}.`,
      auto: (name, to) => `Por sí solo, ${name}: pasa a ${to}.`,
    },
    who: (permission) => `Requiere el permiso ${permission}.`,
    needs: (list) => `Necesita ${list}.`,
    reason: 'un motivo',
    field: (name) => `el campo ${name}`,
    fourEyes: 'Requiere una persona distinta de la que lo trajo hasta aquí.',
    onlyIf: (when, otherwise) => `Solo si \`${when}\`; si no: ${otherwise}`,
    andThen: (effects) => `Con ello, ${effects}.`,
    effects: {
      reserve_stock: 'se reservan existencias para todo lo que sigue abierto',
      release_stock: 'se devuelve todo lo reservado',
      consume_stock: 'lo reservado sale de las existencias',
      count_made: 'todo lo abierto cuenta como hecho',
      count_picked: 'todo lo abierto cuenta como recogido',
      count_packed: 'todo lo abierto cuenta como empaquetado',
      count_delivered: 'todo lo entregado cuenta como recibido',
      hand_over: 'lo abierto se entrega y sale de las existencias',
      cancel_open: 'lo abierto se cancela y sus existencias se devuelven',
      restore_lines: 'lo cancelado vuelve a estar abierto',
      raise_attention: 'se avisa a una persona',
      clear_attention: 'ya nadie tiene que mirarlo',
    },
  },
}
