import type { Id } from '#platform/ids.ts'

export type ItemId = Id<'Item'>
export type VariantId = Id<'Variant'>

export const itemKinds = ['goods', 'service', 'charge', 'discount'] as const
export type ItemKind = (typeof itemKinds)[number]
export const baseUnits = ['piece', 'g', 'ml', 'mm'] as const
export type BaseUnit = (typeof baseUnits)[number]
/** own = its own stock is reserved; recipe = its parts are; none = nothing is. */
export const stockings = ['own', 'recipe', 'none'] as const
export type Stocked = (typeof stockings)[number]
export type Status = 'active' | 'retired'

/** What is sold, made or counted. */
export interface Item {
  id: ItemId
  code: string
  name: string
  category: string
  kind: ItemKind
  baseUnit: BaseUnit
  stocked: Stocked
  taxCode: string | null
  status: Status
  version: number
  /** In the order of their positions; at least one. */
  variants: Variant[]
  recipe: Recipe | null
}

/** How an item is sold: a size or weight of it, with its price for that much. */
export interface Variant {
  id: VariantId
  code: string
  name: string
  contentMilli: number
  /** Millionths of the major unit for `contentMilli`; null where it has no price. */
  priceMicro: number | null
  currency: string
  weightGrams: number | null
  lengthMm: number | null
  widthMm: number | null
  heightMm: number | null
  status: Status
  /** The one that is meant where only the item is named: the first that is active. */
  isDefault: boolean
  barcodes: string[]
}

/** `yieldMilli` of the item take `milliNum / milliDen` thousandths of each part, exactly. */
export interface Recipe {
  id: string
  version: number
  yieldMilli: number
  parts: RecipePart[]
}

export interface RecipePart {
  itemId: ItemId
  milliNum: number
  milliDen: number
}
