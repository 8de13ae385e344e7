/** The soft limits of one request or one thing: what is beyond them is refused with its own code and sentence. */
// biome-ignore format: read it by column
export const limits = {
  linesAnOrder:        500,
  ordersABatch:      1_000,
  bodyBytes:     1_048_576,
  noteCharacters:   10_000,
  tagsAnOrder:          50,
  fieldsAnOrder:       100,
  costsAnOrder:         50,
  variantsAnItem:      100,
  barcodesAVariant:     50,
  partsARecipe:        200,
  taxesAList:          200,
  reasonsAList:        200,
  pageRows:            500,
  keyCharacters:       255,
  urlCharacters:     8_192,
  jsonDepth:            20,
  jsonArray:        10_000,
} as const
