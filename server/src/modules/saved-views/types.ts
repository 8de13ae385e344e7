import type { View, ViewedList } from '#contract/views.ts'
import type { Label } from '#contract/workflow.ts'

/** A list as somebody wants to see it again. */
export interface SavedView {
  id: string
  list: ViewedList
  /** Of views that came with the blueprint. */
  code: string | null
  label: Label
  audience: View['audience']
  locked: boolean
  /** Who made it; null where it came with the blueprint. */
  ownerId: string | null
  /** As it was typed. It may name people. */
  filter: string
  sort: string
  columns: View['columns']
  layout: View['layout']
  density: View['density']
  pinned: boolean
  /** Views of a list come by position, then by id. */
  position: number
  roles: string[]
  version: number
}
