/** What documents report: the last line of their output, one JSON object, and nothing else of it is ever read. */
import * as z from 'zod'

/** `changed` lists what this run changed; empty when everything was as it should be already. */
export const Report = z.looseObject({ changed: z.array(z.string()) })
export type Report = z.output<typeof Report>

/** Public keys, in the form of an authorized_keys line. */
export const PreparedController = z.looseObject({ sshKey: z.string().min(1), hostKey: z.string().min(1) })

/** `owner` is the host name of the controller that has the pool. A LUN is its name, its uuid and its size in MiB. */
export const Pool = z.looseObject({
  owner: z.string(),
  luns: z.array(z.tuple([z.string(), z.string(), z.number()])),
})

export const ControllerReport = z.looseObject({
  name: z.string(),
  role: z.enum(['ACTIVE', 'STANDBY', 'none']),
  fencing: z.enum(['off', 'on', 'unknown']),
  cluster: z.looseObject({
    online: z.array(z.string()),
    promoted: z.array(z.string()),
    unpromoted: z.array(z.string()),
    failures: z.array(z.string()),
  }),
  pool: z.looseObject({
    active: z.boolean(),
    owner: z.string().nullable(),
    sizeMiB: z.number().nullish(),
    freeMiB: z.number().nullish(),
  }),
  /** Name, WWID, size in MiB, and 1 while it has not been proven. Only from the controller with the pool. */
  luns: z.array(z.tuple([z.string(), z.string(), z.number(), z.number()])),
  target: z.looseObject({
    serving: z.boolean(),
    luns: z.number(),
    alua: z.string().nullable(),
    sessions: z.array(z.string()),
  }),
  bootId: z.string(),
})
export type ControllerReport = z.output<typeof ControllerReport>

/** What serve-luns found: name and WWID of LUNs that have not been proven. Only from ACTIVE. */
export const NewLuns = z.looseObject({
  name: z.string(),
  active: z.boolean(),
  fresh: z.array(z.tuple([z.string(), z.string()])),
})
export type NewLuns = z.output<typeof NewLuns>

/** Controller's address, ALUA state, and multipath's word for the path: active or failed. */
const Path = z.tuple([z.string(), z.string(), z.string()])

export const HostReport = z.looseObject({
  name: z.string(),
  bootId: z.string(),
  /** Name, WWID, size in MiB, paths. */
  luns: z.array(z.tuple([z.string(), z.string(), z.number(), z.array(Path)])),
  sessions: z.array(z.string()),
})
export type HostReport = z.output<typeof HostReport>

/** What check-paths found; only what is wrong is listed. */
export const PathsReport = z.looseObject({
  name: z.string(),
  luns: z.int(),
  /** Disks that were read: each LUN once through each controller. */
  paths: z.int(),
  /** Controller's address, and why a login there fails; empty where it does not. */
  logins: z.array(z.tuple([z.string(), z.string()])),
  /** Controller's address, why reads through it fail, and of which LUNs. */
  failed: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])),
  /** LUNs that show other data on one path than on the other. */
  different: z.array(z.string()),
})
export type PathsReport = z.output<typeof PathsReport>

/** How a host's report travels: each path once, in `paths`; a LUN has places in that list. */
const Abbreviated = z.looseObject({
  paths: z.array(Path),
  luns: z.array(z.tuple([z.string(), z.string(), z.number(), z.array(z.int())])),
})

/** Undefined where the last line is not a report. */
export function parseReport(stdout: string): Report | undefined {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return spelledOut(Report.parse(JSON.parse(last)))
  } catch {
    return undefined
  }
}

function spelledOut(report: Report): Report {
  const { success, data } = Abbreviated.safeParse(report)
  if (!success) return report
  const { paths, luns, ...rest } = data
  const whole = luns.map(([name, wwid, sizeMiB, places]) => [name, wwid, sizeMiB, places.map(place => paths[place])])
  return { ...rest, changed: report.changed, luns: whole }
}
