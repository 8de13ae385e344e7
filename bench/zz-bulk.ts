import { moveInBulk } from './bulk-move.ts'
const found = await moveInBulk({ seed: 7, say: (text: string) => console.error(text) } as never, Number(process.argv[2] ?? 10_000))
console.error(JSON.stringify(found))
