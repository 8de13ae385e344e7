export { badRecipe, explode, recipeDepthMax } from './explode.ts'
export { recipeFits } from './recipe-rules.ts'
export {
  type ItemRefs,
  type ItemToWrite,
  lastRecipeVersions,
  listItems,
  loadItems,
  loadMadeWith,
  type RecipeToWrite,
  replaceBarcodes,
  replaceRecipes,
  type VariantToWrite,
  writeItems,
  writeVariants,
} from './store.ts'
export {
  type BaseUnit,
  baseUnits,
  type Item,
  type ItemId,
  type ItemKind,
  itemKinds,
  type Recipe,
  type RecipePart,
  type Status,
  type Stocked,
  stockings,
  type Variant,
  type VariantId,
} from './types.ts'
