/** Shapes that pass through the workflows from one function to the next, checked again at each door. */
import type { Image, Subnet } from '@aws-sdk/client-ec2'
import * as z from 'zod'
import type { Inspection } from './inspection.ts'
import type { ArrayRequest } from './request.ts'

/** A request that check-request has accepted and spelled out. */
export const Accepted = z.custom<ArrayRequest>(
  value => typeof value === 'object' && value !== null && Array.isArray((value as ArrayRequest).hosts),
  'must be an accepted request',
)

/** Where an array is built, and from which image. */
export const Place = z.strictObject({
  vpcId: z.string(),
  subnetId: z.string(),
  imageId: z.string(),
  rootDevice: z.string(),
})
export type Place = z.output<typeof Place>

export const placeOf = ({ VpcId = '', SubnetId = '' }: Subnet, { ImageId = '', RootDeviceName }: Image): Place => ({
  ...{ vpcId: VpcId, subnetId: SubnetId },
  ...{ imageId: ImageId, rootDevice: RootDeviceName ?? '/dev/sda1' },
})

/** An image that is to be there: what it is called, of which system, and where its builder stands. */
export const ImagePlan = z.strictObject({
  name: z.string(),
  /** Such as `rocky-8`. */
  os: z.string(),
  place: Place,
  instanceType: z.string(),
  /** It is neither there nor in the making. */
  isNew: z.boolean(),
})
export type ImagePlan = z.output<typeof ImagePlan>

/** One document, to be run on one node. */
export const Run = z.strictObject({
  document: z.string(),
  node: z.string(),
  instanceId: z.string(),
  parameters: z.record(z.string(), z.string()),
  /** How long the node's agent may take to answer before the document is sent. */
  agentSeconds: z.number(),
  /** It readies the node for being switched off: one that is off has nothing left to do. */
  offIsDone: z.literal(true).optional(),
})
export type Run = z.output<typeof Run>

/** What inspect-array ends with. */
export const Inspected = z.custom<Inspection>(
  value => typeof value === 'object' && value !== null && Array.isArray((value as Inspection).nodes),
  'must be an inspection',
)

/** What a state machine's Catch leaves behind. */
export const Failure = z.looseObject({ Error: z.string(), Cause: z.string().optional() })
export type Failure = z.output<typeof Failure>

/** What one of several that are done side by side ends with: a failure is kept until nothing is under way. */
export const Outcome = z.looseObject({ failure: Failure.optional() })

/** What became of a document on a node. */
export const RunOutcome = z.looseObject({
  node: z.string(),
  document: z.string(),
  instanceId: z.string(),
  commandId: z.string().optional(),
  report: z.record(z.string(), z.unknown()).optional(),
  failure: Failure.optional(),
})
export type RunOutcome = z.output<typeof RunOutcome>

/** How far a document has come. All times in milliseconds since the epoch. */
export const Progress = z.strictObject({
  ...RunOutcome.shape,
  began: z.number(),
  ended: z.number().optional(),
  /** Since when its node's agent has not answered. */
  since: z.number().optional(),
  sentAt: z.number().optional(),
  /** How often it was sent. */
  attempt: z.number(),
  /** What was tried again because of this, the last time, and how often in a row the cloud was out of sorts. */
  trouble: Failure.optional(),
  troubles: z.number(),
})
export type Progress = z.output<typeof Progress>

/** How far the making of one of an array's resources has come. All times in milliseconds since the epoch. */
export const Making = z.strictObject({
  step: z.enum(['create-instance', 'create-disk', 'attach-disk', 'let-fence']),
  /** What it is about, for a person. */
  node: z.string(),
  began: z.number(),
  ended: z.number().optional(),
  /** Since when it is waited for, now that it was asked for. */
  since: z.number().optional(),
  failure: Failure.optional(),
  /** What is tried again because of this, how often in a row by now, and when. */
  trouble: Failure.optional(),
  troubles: z.number(),
  notBefore: z.number().optional(),
  /** There was no room for it in its placement group. */
  alone: z.literal(true).optional(),
})
export type Making = z.output<typeof Making>

/** Of a document that has not ended: what it takes to look at it. */
export const OpenDocument = z.strictObject({
  ...Progress.pick({ node: true, document: true, instanceId: true, began: true, since: true }).shape,
  ...Progress.pick({ commandId: true, sentAt: true, troubles: true }).shape,
  agentSeconds: Run.shape.agentSeconds,
})
export type OpenDocument = z.output<typeof OpenDocument>

/** What run-documents is given, and hands from one of its functions to the next. */
export const DocumentsGiven = z.object({
  runs: z.array(Run),
  /** Seconds for each. With it a failure is an answer too. */
  patience: z.number().optional(),
  /** In the order of `runs`. */
  sent: z.object({ outcomes: z.array(Progress) }).optional(),
})
export type DocumentsGiven = z.output<typeof DocumentsGiven>

/** How StartSyncExecution tells of the end of an execution. */
export const SyncExecution = z.object({
  Status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT']),
  Error: z.string().optional(),
  Cause: z.string().optional(),
})
