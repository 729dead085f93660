/**
 * What may be asked for. One schema serves the API, the CLI, the workflow's input and the record of what was accepted;
 * `{}` is the reference configuration. Rules over more than one field are in `request-rules.ts`.
 */
import { Cron } from 'croner'
import * as z from 'zod'
import { type Problem, RequestRejected } from './errors.ts'
import { problemsOf } from './request-rules.ts'

const ZONE = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must be an availability zone such as ap-northeast-1d')
export const SUBNET = z.string().regex(/^subnet-[0-9a-f]{8}([0-9a-f]{9})?$/, 'must be a subnet id')
const HOST_NAME = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be a host name: a-z, 0-9 and -, beginning with a letter, at most 63',
  )
export const INSTANCE_TYPE = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'must be an instance type such as t3a.medium')
const LUN_NAME = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]{0,9}$/, 'must be 1 to 10 letters and digits, beginning with a letter, such as LUN0')
const INITIATOR = z
  .string()
  .max(223, 'must be at most 223 characters')
  .regex(
    /^iqn\.\d{4}-\d{2}\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[a-z0-9][a-z0-9.:-]*$/,
    'must be an iSCSI name such as iqn.2023-09.com.example:host1-initiator',
  )

/** Only in so many words. Records of arrays that were built before there was fencing say nothing, and mean this. */
export const NOT_FENCED = 'none, data may be destroyed'
export const FENCING = ['power', 'disk', NOT_FENCED] as const

const controllers = z.strictObject({
  instanceType: INSTANCE_TYPE.default('t3a.medium'),
  names: z
    .tuple([HOST_NAME, HOST_NAME], 'must be two host names, that of node 1 first')
    .optional()
    .describe('Host names of node 1 and node 2: the last character is the node number, all before it is the same'),
  zone: ZONE.optional(),
})

const disks = z.strictObject({
  count: z.int().min(1, 'must be 1 to 16').max(16, 'must be 1 to 16').default(2),
  size: z
    .string()
    .regex(/^[1-9]\d{0,5}[GT]$/, 'must be a size such as 10G or 1T')
    .default('10G'),
  type: z.enum(['io2', 'io1'], 'must be io2 or io1: only these can be attached to both controllers').default('io2'),
  iops: z.int().default(100),
  zone: ZONE.optional(),
})

export const Lun = z.strictObject({
  name: LUN_NAME.optional().describe('LUN and its place in the list, unless said'),
  size: z
    .string()
    .regex(/^[1-9]\d{0,7}[MGT]$/, 'must be a size such as 3072M, 3G or 1T')
    .default('3072M')
    .describe('Rounded up to extents of 4 MiB'),
  count: z.int().min(1, 'must be 1 to 256').max(256, 'must be 1 to 256').default(1),
})

const CRON = z.string().refine(isCron, 'must be minute, hour, day, month and weekday, such as 0 9 * * 1-5')
const TIMEZONE = z.string().refine(isTimezone, 'must be an IANA time zone such as Asia/Tokyo')
const CIDR = z.cidrv4('must be an IPv4 network such as 203.0.113.0/24')

export const Schedule = z
  .strictObject({
    start: CRON.optional().describe('When to start the array: cron, five fields'),
    stop: CRON.optional().describe('When to stop the array: cron, five fields'),
    timezone: TIMEZONE.default('Asia/Tokyo'),
  })
  .refine(({ start, stop }) => start !== undefined || stop !== undefined, 'must say start, stop or both')
export type Schedule = z.output<typeof Schedule>

const host = z.strictObject({
  name: HOST_NAME.optional().describe('instance- and its place in the list, unless said'),
  initiator: INITIATOR.optional().describe('iqn.2023-09.com.example:host<place>-initiator, unless said'),
  instanceType: INSTANCE_TYPE.default('t3a.medium'),
  luns: z.union([z.literal('all'), z.array(LUN_NAME).min(1)], 'must be "all" or a list of LUN names').default('all'),
  perfweb: z.boolean().default(false).describe('Serve graphs of disk, cpu and net on port 80, behind a password'),
  zone: ZONE.optional(),
})

export const Request = z.strictObject({
  array: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
      'must be 2 to 32 of a-z, 0-9 and -, beginning with a letter, no - at the end',
    )
    .default('star0001'),
  zone: ZONE.optional().describe(
    'Unless said: that of the subnet; else ap-northeast-1d, or elsewhere the first with a default subnet that offers the instance types',
  ),
  subnet: SUBNET.optional(),
  controllers: controllers.prefault({}),
  disks: disks.prefault({}),
  luns: z
    .array(Lun)
    .min(1, 'must list 1 LUN or more')
    .prefault([{ count: 6 }]),
  hosts: z.array(host).min(1, 'must be 1 to 16 hosts').max(16, 'must be 1 to 16 hosts').prefault([{}]),
  perfwebFrom: z
    .array(CIDR)
    // A rule each, of the 60 that a security group may have.
    .max(50, 'must be at most 50 networks')
    .default([])
    .describe('Networks that may reach perfweb; none unless said'),
  fencing: z
    .enum(FENCING, `must be power, disk, or in so many words: ${NOT_FENCED}`)
    .default('power')
    .describe(
      'What keeps a controller that is lost from writing: its power is cut, a message on a small shared disk and a watchdog do (SBD), or nothing does',
    ),
  schedule: Schedule.optional().describe('Starts and stops the array by itself'),
  keepOnFailure: z.boolean().default(false).describe('Leave a failed build as it is, to be looked at'),
})

/** Of the reference configuration. */
export const REFERENCE_ZONE = 'ap-northeast-1d'

/** As a person writes it. */
export type RequestInput = z.input<typeof Request>

/** As the workflows use it: every name there, every size a number, `count` spelled out. */
export interface ArrayRequest {
  array: string
  zone: string
  subnet?: string
  controllers: { instanceType: string; names: [string, string] }
  disks: { count: number; sizeGiB: number; type: 'io2' | 'io1'; iops: number }
  luns: { name: string; sizeMiB: number }[]
  hosts: { name: string; initiator: string; instanceType: string; luns: 'all' | string[]; perfweb: boolean }[]
  perfwebFrom: string[]
  fencing: (typeof FENCING)[number]
  schedule?: Schedule
  keepOnFailure: boolean
}

/** Throws RequestRejected, with every problem there is and not only the first. `zone` is the one that is meant unless said. */
export function acceptRequest(input: unknown, zone = REFERENCE_ZONE): ArrayRequest {
  const parsed = Request.safeParse(input, { reportInput: true })
  if (!parsed.success) throw new RequestRejected(parsed.error.issues.flatMap(problemsOfIssue))
  const request = complete({ ...parsed.data, zone: parsed.data.zone ?? zone })
  const problems = problemsOf(request, parsed.data)
  if (problems.length > 0) throw new RequestRejected(problems)
  return request
}

/** The same for a request that is still text. */
export function parseRequest(text: string): ArrayRequest {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (error) {
    throw new RequestRejected([{ field: '(request)', rule: 'must be JSON', got: (error as Error).message }])
  }
  return acceptRequest(input)
}

/** The shortest input that is accepted as this request: what the record keeps (a parameter holds 8 KB at most). */
export function shorten(request: ArrayRequest): RequestInput {
  const { disks, luns, hosts, perfwebFrom, ...rest } = request
  const runs: ({ name: string; size: string } | { size: string; count: number })[] = []
  for (const [place, { name, sizeMiB }] of luns.entries()) {
    const size = `${sizeMiB}M`
    const last = runs.at(-1)
    if (name !== `LUN${place}`) runs.push({ name, size })
    else if (last && 'count' in last && last.size === size && last.count < 256) last.count++
    else runs.push({ size, count: 1 })
  }
  return {
    ...rest,
    disks: { count: disks.count, size: `${disks.sizeGiB}G`, type: disks.type, iops: disks.iops },
    luns: runs,
    hosts: hosts.map(({ perfweb, ...host }) => ({ ...host, ...(perfweb && { perfweb }) })),
    ...(perfwebFrom.length > 0 && { perfwebFrom }),
  }
}

/** Size of an extent of the pool: LVM rounds every volume up to it. */
export const EXTENT_MIB = 4

const MIB = { M: 1, G: 1024, T: 1024 * 1024 }

function isCron(text: string): boolean {
  try {
    return /^\S+( \S+){4}$/.test(text) && new Cron(text).nextRun() !== null
  } catch {
    return false
  }
}

function isTimezone(name: string): boolean {
  try {
    return name.length > 0 && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

/** `3G` → 3072 */
export function mebibytes(size: string): number {
  return Number(size.slice(0, -1)) * MIB[size.slice(-1) as keyof typeof MIB]
}

function complete(given: z.output<typeof Request> & { zone: string }): ArrayRequest {
  const { array, zone, subnet, controllers, disks, perfwebFrom, fencing, schedule, keepOnFailure } = given
  const luns = given.luns.flatMap(({ name, size, count }) =>
    Array.from({ length: count }, () => ({ name, sizeMiB: Math.ceil(mebibytes(size) / EXTENT_MIB) * EXTENT_MIB })),
  )
  return {
    array,
    zone,
    ...(subnet && { subnet }),
    controllers: {
      instanceType: controllers.instanceType,
      names: controllers.names ?? [`${array}-ctl1`, `${array}-ctl2`],
    },
    disks: { count: disks.count, sizeGiB: mebibytes(disks.size) / 1024, type: disks.type, iops: disks.iops },
    luns: luns.map(({ name, sizeMiB }, place) => ({ name: name ?? `LUN${place}`, sizeMiB })),
    hosts: given.hosts.map((host, place) => ({
      name: host.name ?? `instance-${place + 1}`,
      initiator: host.initiator ?? `iqn.2023-09.com.example:host${place + 1}-initiator`,
      instanceType: host.instanceType,
      luns: host.luns,
      perfweb: host.perfweb,
    })),
    perfwebFrom,
    fencing,
    ...(schedule && { schedule }),
    keepOnFailure,
  }
}

/** What a person is told of an issue that zod found. */
export function problemsOfIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ field: fieldAt([...issue.path, key]), rule: 'unknown field' }))
  }
  const rule = issue.message.replace('Invalid input: ', '').replace('expected ', 'must be ')
  const { input } = issue
  const got = typeof input === 'string' || typeof input === 'number' ? String(input).slice(0, 80) : undefined
  return [{ field: fieldAt(issue.path), rule, ...(got !== undefined && { got }) }]
}

function fieldAt(path: PropertyKey[]): string {
  const text = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return text.replace(/^\./, '') || '(request)'
}
