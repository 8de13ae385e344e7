import { readFileSync } from 'node:fs'
import { floorOf } from './floor.ts'
const { shop, docket: d } = JSON.parse(readFileSync('/tmp/benchrig/rig.json', 'utf8'))
console.log('floor', (await floorOf(d.databaseUrl, shop.workspaceId, Number(process.argv[2] ?? 20))).toFixed(0))
