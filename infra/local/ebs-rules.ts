import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2'
import { ec2Error } from './errors.ts'

interface Bounds {
  sizeGiB: [number, number]
  /** Absent: IOPS cannot be chosen for this type. */
  iops?: { from: number; to: number; perGiB: number; must: boolean }
  multiAttach: boolean
}

/** EBS volume types: sizes, provisioned IOPS and how many of them a GiB allows. */
const types: Record<string, Bounds> = {
  io2: { sizeGiB: [4, 65_536], iops: { from: 100, to: 256_000, perGiB: 1_000, must: true }, multiAttach: true },
  io1: { sizeGiB: [4, 16_384], iops: { from: 100, to: 64_000, perGiB: 50, must: true }, multiAttach: true },
  gp3: { sizeGiB: [1, 65_536], iops: { from: 3_000, to: 80_000, perGiB: 500, must: false }, multiAttach: false },
  gp2: { sizeGiB: [1, 16_384], multiAttach: false },
  st1: { sizeGiB: [125, 16_384], multiAttach: false },
  sc1: { sizeGiB: [125, 16_384], multiAttach: false },
}

/** The volume's settings, or EC2's refusal of them. */
export function checkVolume(input: CreateVolumeCommandInput) {
  const { VolumeType: type = 'gp2', Size: sizeGiB, Iops: iops, Throughput: throughput } = input
  const multiAttach = input.MultiAttachEnabled ?? false
  const bounds = Object.hasOwn(types, type) ? types[type] : undefined
  if (bounds === undefined) {
    throw ec2Error('UnknownVolumeType', `Unsupported volume type '${type}' for volume creation.`)
  }
  if (input.SnapshotId) throw ec2Error('InvalidSnapshot.NotFound', `The snapshot '${input.SnapshotId}' does not exist.`)
  if (sizeGiB === undefined) throw ec2Error('MissingParameter', 'The request must contain the parameter size/snapshot')
  const [from, to] = bounds.sizeGiB
  if (!Number.isInteger(sizeGiB)) throw invalid(`Invalid value '${sizeGiB}' for size.`)
  if (sizeGiB < from) throw invalid(`Volume of ${sizeGiB}GiB is too small; minimum is ${from}GiB.`)
  if (sizeGiB > to) throw invalid(`Volume of ${sizeGiB}GiB is too large for volume type ${type}; maximum is ${to}GiB.`)
  checkIops(type, sizeGiB, iops, bounds.iops)
  if (throughput !== undefined && type !== 'gp3')
    throw mismatch(`The parameter throughput is not supported for ${type} volumes.`)
  if (multiAttach && !bounds.multiAttach) {
    throw mismatch(`The parameter MultiAttachEnabled is not supported for ${type} volumes.`)
  }
  return { sizeGiB, type, iops: iops ?? (type === 'gp3' ? 3_000 : undefined), throughput, multiAttach }
}

function checkIops(type: string, sizeGiB: number, iops: number | undefined, bounds: Bounds['iops']): void {
  if (iops === undefined) {
    if (!bounds?.must) return
    throw ec2Error('MissingParameter', `The parameter iops must be specified for ${type} volumes.`)
  }
  if (bounds === undefined) throw mismatch(`The parameter iops is not supported for ${type} volumes.`)
  if (iops < bounds.from) throw invalid(`Volume iops of ${iops} is too low; minimum is ${bounds.from}.`)
  if (iops > bounds.to) throw invalid(`Volume iops of ${iops} is too high; maximum is ${bounds.to}.`)
  const ratio = iops / sizeGiB
  // A gp3 volume has its first 3,000 at any size.
  if (ratio > bounds.perGiB && (bounds.must || iops > bounds.from)) {
    throw invalid(`Iops to volume size ratio of ${ratio.toFixed(6)} is too high; maximum is ${bounds.perGiB}`)
  }
}

const invalid = (message: string) => ec2Error('InvalidParameterValue', message)
const mismatch = (message: string) => ec2Error('InvalidParameterCombination', message)
