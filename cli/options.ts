/** From the flags of `up` and `plan` and a request file to one request. Rules of the request itself are the schema's. */
import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { NOT_FENCED, type RequestInput } from '../functions/shared/request.ts'
import { Mistake } from './failure.ts'

export interface RequestFlags {
  array?: string
  zone?: string
  disks?: number
  diskSize?: string
  iops?: number
  luns?: number
  lunSize?: string
  hosts?: number
  instanceType?: string
  fencing?: string
  keepOnFailure?: boolean
}

export function addRequestFlags(command: Command): Command {
  return command
    .argument('[request.json]', 'what to build; - reads standard input. Without it: the reference configuration')
    .option('--array <name>', 'name of the array (star0001)')
    .option('--zone <zone>', 'availability zone (ap-northeast-1d)')
    .addOption(new Option('--disks <n>', 'number of shared disks (2)').argParser(whole))
    .option('--disk-size <size>', 'size of each shared disk (10G)')
    .addOption(new Option('--iops <n>', 'IOPS of each shared disk (100)').argParser(whole))
    .addOption(new Option('--luns <n>', 'number of LUNs (6)').argParser(whole))
    .option('--lun-size <size>', 'size of each LUN (3072M)')
    .addOption(new Option('--hosts <n>', 'number of hosts (1)').argParser(whole))
    .option('--instance-type <type>', 'instance type of controllers and hosts (t3a.medium)')
    .option('--fencing <method>', `power, disk (SBD), or in so many words: "${NOT_FENCED}" (power)`)
    .option('--keep-on-failure', 'leave a failed build as it is, to be looked at')
}

export function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** The request as the user means it, not yet checked. Throws Mistake where file and flags contradict each other. */
export function requestFrom(file: string | undefined, flags: RequestFlags): RequestInput {
  return merge(file === undefined ? {} : read(file), flags, file)
}

/** Flags are laid over the file. A list in the file cannot be half replaced by a flag: that is refused. */
export function merge(base: RequestInput, flags: RequestFlags, file = 'the request'): RequestInput {
  const request: RequestInput = { ...base }
  if (flags.array !== undefined) request.array = flags.array
  if (flags.zone !== undefined) request.zone = flags.zone
  // What is no method is left for the schema to refuse.
  if (flags.fencing !== undefined) request.fencing = flags.fencing as typeof NOT_FENCED
  if (flags.keepOnFailure) request.keepOnFailure = true

  const disks = defined({ count: flags.disks, size: flags.diskSize, iops: flags.iops })
  if (Object.keys(disks).length > 0) request.disks = { ...request.disks, ...disks }

  if (flags.luns !== undefined || flags.lunSize !== undefined) {
    if (request.luns) throw contradiction(flags.luns === undefined ? '--lun-size' : '--luns', file, 'luns')
    request.luns = [{ count: flags.luns ?? 6, ...defined({ size: flags.lunSize }) }]
  }
  if (flags.hosts !== undefined) {
    if (request.hosts) throw contradiction('--hosts', file, 'hosts')
    request.hosts = Array.from({ length: flags.hosts }, () => ({}))
  }
  if (flags.instanceType !== undefined) {
    const { instanceType } = flags
    request.controllers = { ...request.controllers, instanceType }
    // What is no list is left for the schema to refuse.
    if (Array.isArray(request.hosts ?? [])) {
      request.hosts = (request.hosts ?? [{}]).map(host => ({ ...host, instanceType }))
    }
  }
  return request
}

function contradiction(flag: string, file: string, field: string): Mistake {
  return new Mistake(`${flag}: ${file} has the field ${field} already; say it in one place`)
}

function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never
}

function read(file: string): RequestInput {
  const value = readJson(file)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Mistake(`${nameOf(file)}: must be a JSON object, such as {"array": "star0001"}`)
  }
  return value as RequestInput
}

/** `-` is standard input. Throws Mistake. */
export function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Mistake(`${nameOf(file)}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : error}`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Mistake(`${nameOf(file)}: must be JSON: ${(error as Error).message}`)
  }
}

const nameOf = (file: string) => (file === '-' ? 'standard input' : file)
