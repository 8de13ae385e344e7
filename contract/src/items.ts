import * as z from 'zod'
import { anyText, code, currency, micro, milli, text, uuid, version, whole } from './fields.ts'
import { limits } from './limits.ts'

const size = z.int().min(1).max(1e9)

const variant = {
  code,
  name: anyText(200),
  /** How much of the item it holds, in thousandths of the base unit. */
  contentMilli: milli,
  /** For `contentMilli`, in millionths of the major unit; null where it has no price. */
  priceMicro: micro.nullable(),
  currency,
  weightGrams: size.nullable(),
  lengthMm: size.nullable(),
  widthMm: size.nullable(),
  heightMm: size.nullable(),
  status: z.enum(['active', 'retired']),
  barcodes: z.array(code).max(limits.barcodesAVariant),
}

const item = {
  code,
  name: text(300),
  category: anyText(100),
  kind: z.enum(['goods', 'service', 'charge', 'discount']),
  baseUnit: z.enum(['piece', 'g', 'ml', 'mm']),
  /** own = its own stock is reserved; recipe = its parts are; none = nothing is. */
  stocked: z.enum(['own', 'recipe', 'none']),
  taxCode: code.nullable(),
  status: z.enum(['active', 'retired']),
}

/** All of them, the usual one first; those that are not named any more are retired. */
const variants = z.array(z.strictObject(variant).partial().extend({ code })).min(1).max(limits.variantsAnItem)

const recipe = z.strictObject({
  /** So much of the item comes out of the parts. */
  yieldMilli: milli,
  /** Each part by id or code, as the exact fraction `milliNum / milliDen` for the whole yield. */
  parts: z
    .array(z.strictObject({ item: code, milliNum: milli, milliDen: milli }))
    .min(1)
    .max(limits.partsARecipe),
})

/** A new item; without variants it is sold as itself, one base unit at a time, under its own code. */
export const CreateItem = z.strictObject(item).partial().extend({ code, variants: variants.optional(), recipe: recipe.optional() })
export type CreateItem = z.infer<typeof CreateItem>

/** What is not named stays as it is; a recipe of null ends the recipe. */
export const UpdateItem = z.strictObject(item).partial().extend({ variants: variants.optional(), recipe: recipe.nullable().optional() })
export type UpdateItem = z.infer<typeof UpdateItem>

export const Item = z.strictObject({
  id: uuid,
  ...item,
  version,
  variants: z.array(z.strictObject({ id: uuid, ...variant, isDefault: z.boolean() })),
  recipe: z
    .strictObject({
      id: uuid,
      version,
      yieldMilli: whole,
      parts: z.array(z.strictObject({ itemId: uuid, milliNum: whole, milliDen: whole })),
    })
    .nullable(),
})
export type Item = z.infer<typeof Item>
