import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'

const recipe = join(import.meta.dirname, 'image')

export interface NodeImage {
  /** `star-node-debian-12-<hash>`, as DescribeImages shows it. */
  name: string
  folder: string
}

/** The node image that this checkout's recipe describes; its name holds the recipe's hash. */
export function nodeImage(imagesFolder: string): NodeImage {
  const hash = createHash('sha256')
  for (const file of filesBelow(recipe)) hash.update(relative(recipe, file)).update('\0').update(readFileSync(file))
  const name = `star-node-debian-12-${hash.digest('hex').slice(0, 12)}`
  return { name, folder: join(imagesFolder, name) }
}

/** Builds the image unless it is there already (about 90 s). Two builds at once are harmless: the first one stays. */
export async function ensureImage(image: NodeImage, say: (line: string) => void): Promise<void> {
  if (existsSync(image.folder)) return
  say(`building the node image ${image.name}: once, about 2 minutes`)
  await mkdir(join(image.folder, '..'), { recursive: true })
  const script = join(recipe, 'build.sh')
  const asRoot = process.getuid?.() === 0
  try {
    const command = asRoot ? ['bash'] : ['sudo', '-n', 'bash']
    await runTelling([...command, script, image.folder], line => say(`node image: ${line}`))
  } catch (error) {
    if (!existsSync(image.folder)) throw error
  }
}

/** Runs a command and tells each line of its standard error as it comes; an Error has the last ones. */
async function runTelling([program = '', ...args]: string[], tell: (line: string) => void): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const last: string[] = []
  createInterface(child.stderr).on('line', line => {
    tell(line)
    last.push(line)
    if (last.length > 20) last.shift()
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${last.join('\n')}`)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(file => statSync(file).isFile())
    .sort()
}
