// scratch
import { writeFileSync, readFileSync, existsSync } from 'node:fs'
import { freshFolder, startDocket } from './docket.ts'
import { openShop } from './shop.ts'
const { folder } = freshFolder()
const docket = await startDocket(folder, process.env.PROF ? { env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${process.env.PROF}` } } : {})
const shop = await openShop(docket, folder, { code: 'bench', count: 600, pieces: 1_000_000 })
writeFileSync('/tmp/benchrig/rig.json', JSON.stringify({ folder, shop, docket: { url: docket.url, databaseUrl: docket.databaseUrl, pid: docket.pid } }))
console.log('up', docket.startedIn, folder, docket.pid)
process.exit(0)
