import type { DemoShop } from '#usecases/demo/demo-shop.ts'
import { bakery } from './bakery.ts'
import { creator } from './creator.ts'
import { dispensary } from './dispensary.ts'

/** The shops that a newcomer finds: one for each way of selling. */
export const demoShops: readonly DemoShop[] = [dispensary, bakery, creator]
