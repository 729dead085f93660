/** What the API answers. The OpenAPI document is made from these, and its tests hold every answer against them. */
import * as z from 'zod'
import { ArrayName } from '../shared/names.ts'
import { OperationName } from '../shared/operations.ts'
import { Plan } from '../shared/plan.ts'
import { Request } from '../shared/request.ts'

const When = z.iso.datetime()

export const OperationId = z
  .string()
  .regex(/^[a-z-]{1,80}:[A-Za-z0-9_-]{1,80}$/)
  .describe('The workflow and its execution, such as add-luns:star0001-5f2c81d09a3e')

export const Operation = z.strictObject({
  id: OperationId,
  operation: OperationName,
  array: ArrayName.nullable().describe('null where its input names none'),
  status: z.enum(['running', 'succeeded', 'failed', 'aborted']),
  startedAt: When,
  endedAt: When.optional(),
  input: z.unknown().describe('As it was accepted'),
  output: z.unknown().optional().describe('What it ended with; whether anything was `changed`'),
  error: z.string().optional().describe('Name of the first cause'),
  cause: z.string().optional().describe('The first cause in words, one reason a line'),
})

export const Started = z.strictObject({
  operation: Operation.pick({ id: true, operation: true, array: true, status: true }),
})

export const OperationAnswer = z.strictObject({ operation: Operation })

const Node = z.strictObject({
  name: z.string(),
  role: z.enum(['controller', 'host']),
  instanceId: z.string(),
  instanceType: z.string(),
  state: z.string().describe('EC2’s word: pending, running, stopping, stopped'),
  address: z.string().describe('Private IPv4 address; empty until there is one'),
})

const Disk = z.strictObject({
  name: z.string(),
  volumeId: z.string(),
  state: z.string().describe('EC2’s word: creating, available, in-use, error'),
  sizeGiB: z.number(),
  type: z.string(),
  iops: z.number(),
  attachments: z.array(z.strictObject({ instanceId: z.string(), state: z.string() })),
})

const State = z
  .enum(['building', 'ready'])
  .nullable()
  .describe('building until it was verified once; null where its record is lost or cannot be read')

const Holder = z.strictObject({ id: OperationId, operation: z.string(), since: When })

const Busy = Holder.nullable().describe('The operation that changes it now')

const Next = z
  .strictObject({
    action: z.enum(['start', 'stop']),
    at: When,
    because: z.string().optional().describe('Where it is not simply the next moment of the schedule'),
  })
  .nullable()
  .describe('What its schedule does next')

const Summary = z.strictObject({
  array: ArrayName,
  state: State,
  nodes: z.record(z.string(), z.int()).describe('How many of its nodes are in which state of EC2’s'),
  busy: Busy,
  next: Next,
  problem: z.string().optional().describe('Why its record cannot be read'),
})

export const ArrayList = z.strictObject({ arrays: z.array(Summary) })

export const ArrayView = z.strictObject({
  array: ArrayName,
  state: State,
  request: Request.nullable().describe('What was asked for and added since'),
  nodes: z.array(Node),
  disks: z.array(Disk),
  busy: Busy,
  keepRunningUntil: z.string().nullable().describe('No stop by schedule until then'),
  next: Next,
})

const MachineImage = z.strictObject({
  imageId: z.string(),
  name: z.string(),
  system: z.string().describe('Such as rocky-8'),
  state: z.string().describe('EC2’s word: pending, available, failed'),
  createdAt: When,
  used: z.boolean().describe('New nodes are launched from it'),
})

export const ImageList = z.strictObject({
  images: z.array(MachineImage).describe('Those made by prepare-image, newest first'),
  busy: Holder.nullable().describe('The operation that makes one now'),
})

export const DryRun = z.strictObject({
  operation: OperationName,
  array: ArrayName.nullable(),
  input: z.unknown().describe('With every default spelled out'),
})

/** Of a request for a new array. */
export const PlanAnswer = z.strictObject({ plan: Plan })

/** RFC 9457. */
export const Problem = z.strictObject({
  type: z.string().regex(/^urn:star:problem:[a-z-]+$/),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z
    .array(z.strictObject({ field: z.string(), rule: z.string(), got: z.string().optional() }))
    .optional()
    .describe('Every field that breaks a rule'),
  holder: Holder.optional().describe('Of array-busy: the operation that changes the array now'),
})
