import { runChaos } from './chaos/run-chaos.ts'

const seed = Number(process.env.DOCKET_SEED ?? Math.floor(Math.random() * 2 ** 31))
const say = (line: string): void => void process.stdout.write(`${line}\n`)
say(`Seed of this run: DOCKET_SEED=${seed}`)
const report = await runChaos({ seed, kills: Number(process.argv[2] ?? 20), connections: 32, say })
say(JSON.stringify(report, null, 2))
