import type { Code, Params, ParamsOf } from '#contract/texts.ts'

/** Why something was refused or allowed: a stable code and its parameters; the text stands in the catalogue. */
export interface Reason<C extends Code = Code> {
  code: C
  params: Params
}

/** A refusal is a value, never an exception. */
export interface Refusal {
  ok: false
  reason: Reason
}

export type Answer<T> = { ok: true; value: T } | Refusal

export function fine(): Answer<void>
export function fine<T>(value: T): Answer<T>
export function fine<T>(value?: T): Answer<T | undefined> {
  return { ok: true, value }
}

/** A refusal: the code stands in the catalogue of texts, and the parameters its sentence names come with it; others may. */
export function no<C extends Code>(
  code: C,
  ...[params]: keyof ParamsOf<C> extends never ? [params?: Params] : [params: ParamsOf<C> & Params]
): Refusal {
  return { ok: false, reason: { code, params: params ?? {} } }
}
