/**
 * What can be asked of an array that is there, or for all that are to come. One schema an operation: the command, the API, events and the console
 * all come to a state machine of the same name, whose first state holds its input against it.
 */
import * as z from 'zod'
import { RequestRejected } from './errors.ts'
import { ArrayName, IMAGES } from './names.ts'
import { INSTANCE_TYPE, Lun, problemsOfIssue, Request, Schedule, SUBNET } from './request.ts'

const force = z.boolean().default(false)

export const AddLuns = z.strictObject({
  array: ArrayName,
  luns: z.array(Lun).min(1, 'must list 1 LUN or more').describe('What to add; names go on where the array stands'),
  hosts: z
    .array(z.string())
    .min(1, 'must name 1 host or more')
    .optional()
    .describe('Who may see them; unless said, each host that may see all LUNs'),
  key: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters')
    .optional()
    .describe('Idempotency key: the same one adds once'),
})
export type AddLuns = z.output<typeof AddLuns>

export const RebootNodes = z.strictObject({
  array: ArrayName,
  force: force.describe('Reboot in spite of reasons that cost redundancy, never of those that cost service'),
})

export const FailoverArray = z.strictObject({
  array: ArrayName,
  to: z
    .union([z.literal(1), z.literal(2)], 'must be 1 or 2')
    .optional()
    .describe('Number of the controller that is to be ACTIVE; unless said, the one that is not'),
  force: force.describe('Hand over in spite of reasons that cost redundancy, never of those that cost service'),
})

export const StopArray = z.strictObject({
  array: ArrayName,
  force: force.describe('Stop hosts that do not answer or still use their LUNs'),
})

export const StartArray = z.strictObject({ array: ArrayName })

export const ScheduleArray = z.strictObject({
  array: ArrayName,
  schedule: Schedule.nullable().optional().describe('A new schedule; null removes it'),
  keepRunningUntil: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-24T20:00:00+09:00' })
    .nullable()
    .optional()
    .describe('No stop by schedule until then; null removes the exception'),
})
export type ScheduleArray = z.output<typeof ScheduleArray>

export const EnablePerfweb = z.strictObject({
  array: ArrayName,
  host: z.string().optional().describe('Which host; the first one unless said'),
})

/** `owner` is the execution that holds the lock: a failed build undoes itself under its own. */
export const TeardownArray = z.strictObject({ array: ArrayName, owner: z.string().startsWith('arn:').optional() })

export const InspectArray = z.strictObject({ array: ArrayName })

export const CheckArray = z.strictObject({ array: ArrayName })

export const PrepareImage = z.strictObject({
  instanceType: INSTANCE_TYPE.default('t3a.medium').describe('Of the instance that the image is made of'),
  subnet: SUBNET.optional().describe('Where that stands; a default subnet unless said'),
  keep: z
    .int()
    .min(1, 'must be 1 or more')
    .nullable()
    .default(null)
    .describe('So many of our images stay, the newest; all of them unless said'),
})

/** By the name of its state machine. */
export const operations = {
  'provision-array': Request,
  'add-luns': AddLuns,
  'reboot-nodes': RebootNodes,
  'failover-array': FailoverArray,
  'stop-array': StopArray,
  'start-array': StartArray,
  'schedule-array': ScheduleArray,
  'enable-perfweb': EnablePerfweb,
  'teardown-array': TeardownArray,
  'inspect-array': InspectArray,
  'check-array': CheckArray,
  'prepare-image': PrepareImage,
} as const
export type Operation = keyof typeof operations
export const OperationName = z.enum(Object.keys(operations) as [Operation, ...Operation[]])

/** Those that only look: they take no lock, and nobody has to wait for them. */
export const isLook = (operation: Operation): boolean => ['inspect-array', 'check-array'].includes(operation)

/** Whose turn it is: the array's, or that of what belongs to no array. */
export const subjectOf = (input: object): string => ('array' in input ? String(input.array) : IMAGES)

/** Throws RequestRejected, with every problem there is. Rules that need a look at the array come later. */
export function acceptInput<O extends Operation>(operation: O, input: unknown): z.output<(typeof operations)[O]> {
  const parsed = operations[operation].safeParse(input, { reportInput: true })
  if (!parsed.success) throw new RequestRejected(parsed.error.issues.flatMap(problemsOfIssue))
  return parsed.data as z.output<(typeof operations)[O]>
}
