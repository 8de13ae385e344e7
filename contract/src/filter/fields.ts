import type { FieldGroup } from '../permissions.ts'
import type { Label } from '../workflow.ts'

/**
 * What a field holds, and so what may be asked of it.
 *
 * | kind     | typed as                                                        | asked with      |
 * | word     | a word of a closed set, or of the workspace's own               | `:`             |
 * | text     | itself, whole                                                   | `:`             |
 * | money    | major units, `50`, `12.5`, `50USD`; the home currency where none | `:` `>` `<` `..` |
 * | count    | a whole number                                                  | `:` `>` `<` `..` |
 * | quantity | so much of the base unit, `5`, `0.25`                           | `:` `>` `<` `..` |
 * | moment   | `today`, `-7d`, `now`, `2026-11-01`, `2026-11-01T09:00`         | `:` `>` `<` `..` |
 * | day      | `today`, `yesterday`, `2026-11-01`                              | `:` `>` `<` `..` |
 * | duration | `30m`, `2h`, `3d`, `1w`: how long ago the moment was            | `>` `<` `..`    |
 * | person   | `me`, `team`, an id                                             | `:`             |
 * | place    | a code or an id                                                 | `:`             |
 * | flag     | what is so: `is:late`                                           | `:`             |
 * | custom   | a field of the workspace's own: text, whole number or moment    | `:` `>` `<` `..` |
 */
export type FieldKind =
  | 'word'
  | 'text'
  | 'money'
  | 'count'
  | 'quantity'
  | 'moment'
  | 'day'
  | 'duration'
  | 'person'
  | 'place'
  | 'flag'
  | 'custom'

export interface Field {
  kind: FieldKind
  /** The column it is kept in; null where it is more than one. */
  column: string | null
  /** True where there may be nothing: only then `none` and `any` tell anything. */
  optional?: true
  /** True where a list has an index for it; other fields ride on the order of the list. */
  indexed: boolean
  /** Hidden from whoever is kept from this group. */
  group?: FieldGroup
  /** Every word it may be, where that is known beforehand. */
  values?: Readonly<Record<string, Label>>
  meaning: Label
}

/** What may be asked of one kind of list, by the name people type. */
export type Fields = Readonly<Record<string, Field>>

/** What a list may come in, by name: SQL that an index follows, its type, and whether it is hidden with a group. */
export type Sorts = Readonly<Record<string, { key: string; type: 'timestamptz' | 'bigint' | 'text' | 'uuid'; group?: FieldGroup }>>

/** The field of a name; a workspace's own fields answer to `field.…` where the list has them. */
export function fieldNamed(fields: Fields, name: string): Field | undefined {
  if (Object.hasOwn(fields, name)) return fields[name]
  const isCustom = /^field\.[a-z][a-z0-9_]{0,63}$/.test(name)
  return isCustom && Object.hasOwn(fields, 'field') ? fields.field : undefined
}
