/**
 * What the instance types are, and what things cost in Tokyo (ap-northeast-1).
 *
 * Sizes and EBS figures are what EC2's DescribeInstanceTypes answers (VCpuInfo, MemoryInfo, Hypervisor, EbsOptimizedInfo),
 * as recorded in moto's instance_types.json, 2026-08. `baselineIops` is what an instance keeps up for ever; `maximumIops`
 * is what it reaches for about 30 minutes a day where it is more than the baseline.
 *
 * Prices are AWS's list prices in US dollars before tax, Linux on demand, as of 2026-11, written down by hand: io2's
 * first tier was looked up, the others were not confirmed. A guide for planning; the bill is what AWS says it is.
 */

export interface InstanceType {
  vcpus: number
  memoryGiB: number
  /** Only Nitro instances take a Multi-Attach volume. */
  nitro: boolean
  /** Null: EC2 gives no figure for this type. */
  baselineIops: number | null
  maximumIops: number | null
  /** US dollars an hour while running. */
  hourly: number
}

const type = (
  vcpus: number,
  memoryGiB: number,
  baselineIops: number | null,
  maximumIops: number | null,
  hourly: number,
  nitro = true,
): InstanceType => ({ vcpus, memoryGiB, nitro, baselineIops, maximumIops, hourly })

export const instanceTypes: Readonly<Record<string, InstanceType>> = {
  't2.medium': type(2, 4, null, null, 0.0608, false),
  't3.small': type(2, 2, 1000, 11_800, 0.0272),
  't3.medium': type(2, 4, 2000, 11_800, 0.0544),
  't3.large': type(2, 8, 4000, 15_700, 0.1088),
  't3.xlarge': type(4, 16, 4000, 15_700, 0.2176),
  't3a.small': type(2, 2, 1000, 11_800, 0.0245),
  't3a.medium': type(2, 4, 2000, 11_800, 0.049),
  't3a.large': type(2, 8, 4000, 15_700, 0.0979),
  't3a.xlarge': type(4, 16, 4000, 15_700, 0.1958),
  'm5.large': type(2, 8, 3600, 18_750, 0.124),
  'm5.xlarge': type(4, 16, 6000, 18_750, 0.248),
  'm5.2xlarge': type(8, 32, 12_000, 18_750, 0.496),
  'm6i.large': type(2, 8, 3600, 40_000, 0.124),
  'm6i.xlarge': type(4, 16, 6000, 40_000, 0.248),
  'm6i.2xlarge': type(8, 32, 12_000, 40_000, 0.496),
  'c5.large': type(2, 4, 4000, 20_000, 0.107),
  'c5.xlarge': type(4, 8, 6000, 20_000, 0.214),
  'r5.large': type(2, 16, 3600, 18_750, 0.152),
  'r5.xlarge': type(4, 32, 6000, 18_750, 0.304),
}

/** EBS in Tokyo, US dollars a month. It bills from creation to deletion, whether the instances run or not. */
export const ebs = {
  /** Provisioned IOPS (shared disks). Tiers of io2's IOPS price: up to 32,000, to 64,000, above. */
  io2: {
    gib: 0.142,
    iops: [
      { upTo: 32_000, each: 0.074 },
      { upTo: 64_000, each: 0.0518 },
      { upTo: Number.POSITIVE_INFINITY, each: 0.03626 },
    ],
  },
  io1: { gib: 0.142, iops: [{ upTo: Number.POSITIVE_INFINITY, each: 0.074 }] },
  /** General purpose (root disks), IOPS and throughput within what the price includes. */
  gp3: { gib: 0.096, iops: [] },
} as const

/** A public IPv4 address, US dollars an hour: each instance of an array has one while it runs. */
export const publicAddressHourly = 0.005

/** The size of an instance's root disk: what the Rocky Linux 8 image asks for. GiB. */
export const rootDiskGiB = 10

/** AWS's own month: 365 × 24 / 12 hours. */
export const hoursPerMonth = 730

/** US dollars a month for one provisioned volume. */
export function volumeMonthly(kind: 'io1' | 'io2', sizeGiB: number, iops: number): number {
  let cost = sizeGiB * ebs[kind].gib
  let from = 0
  for (const tier of ebs[kind].iops) {
    cost += Math.max(0, Math.min(iops, tier.upTo) - from) * tier.each
    from = tier.upTo
  }
  return cost
}
