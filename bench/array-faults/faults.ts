/** Faults of an array: how each comes about, how it ends, and what hosts may notice of it. */
import type { Machines, Place } from './machines.ts'
import { cutNetwork, mendNetwork } from './network-cut.ts'

export type Role = 'ACTIVE' | 'STANDBY'

/** Who was what when the trial began: a second fault names places, not the roles that the first one made. */
export interface Scene {
  machines: Machines
  at: Record<Role, Place>
  host: Place
  disk: string
}

export interface Fault {
  name: string
  /** Controllers that may go down by it, or by the fencing that it leads to. Once both are, somebody has to start them. */
  fells: Role[]
  /** Returns what ends it, where it does not end by itself. */
  inject(scene: Scene): Promise<undefined | (() => Promise<unknown>)>
  /** Seconds from its beginning to its end: from, to. */
  lasts?: [number, number]
  /** Who is ACTIVE afterwards, where only one answer is right. */
  after?: 'the same' | 'the other'
  /** The longest that a host's write may take, in seconds. */
  stall: number
}

/** What an array that notices nothing, one that changes roles, and one that has to boot may take on busy emulated machines. */
const [nothing, takeover, boot] = [3, 45, 300]
const unnoticed = { stall: nothing, after: 'the same' } as const
const moves = { stall: takeover, after: 'the other' } as const

/** Nothing ends it. */
const once = (act: (scene: Scene) => unknown) => async (scene: Scene) => {
  await act(scene)
  return undefined
}
const fire = (role: Role, line: string) => once(({ machines, at }) => machines.fire(at[role], line))
const run = (role: Role, line: string) => once(({ machines, at }) => machines.run(at[role], line))

const cutPower = (...roles: Role[]) =>
  once(({ machines, at }) => {
    for (const role of roles) machines.signal(at[role], 'SIGKILL')
  })

/** The machine stands still with all that is in its memory, and goes on later: unless it was made sure that it cannot. */
const freeze = (role: Role) => async (scene: Scene) => {
  const { machines, at } = scene
  const frozen = machines.pid(at[role])
  machines.signal(at[role], 'SIGSTOP')
  return async () => {
    if (machines.pid(at[role]) === frozen) machines.signal(at[role], 'SIGCONT')
  }
}

const between = (a: Role, b: Role, how?: 'in') => async (scene: Scene) => {
  const { machines, at } = scene
  // One side's rules are enough; the other side's still hold when the first one was fenced and has booted.
  const ends = how ? [[at[a], at[b]] as const] : [[at[a], at[b]] as const, [at[b], at[a]] as const]
  await cutNetwork(machines, ends, how)
  return () => mendNetwork(machines, ends)
}

const fromHost = (role: Role) => async (scene: Scene) => {
  const { machines, at, host } = scene
  const ends = [[host, at[role]] as const]
  await cutNetwork(machines, ends)
  return () => mendNetwork(machines, ends)
}

const detach =
  (role: Role) =>
  ({ machines, at, disk }: Scene) =>
    machines.detach(at[role], disk)

const slow = (limit: { iops?: number; bps?: number }) => async (scene: Scene) => {
  const { machines, disk } = scene
  const each = (value: typeof limit) =>
    Promise.all(
      machines.controllers
        .filter(place => machines.pid(place) !== undefined)
        .map(place => machines.throttle(place, disk, value)),
    )
  await each(limit)
  return () => each({})
}

const portals = '/sys/kernel/config/target/iscsi/iqn.*/tpgt_1'

export const faults: Fault[] = [
  { name: 'power cut of ACTIVE', fells: ['ACTIVE'], inject: cutPower('ACTIVE'), ...moves },
  { name: 'power cut of STANDBY', fells: ['STANDBY'], inject: cutPower('STANDBY'), ...unnoticed },
  { name: 'power cut of both', fells: ['ACTIVE', 'STANDBY'], inject: cutPower('ACTIVE', 'STANDBY'), stall: boot },
  { name: 'ACTIVE hangs', fells: ['ACTIVE'], inject: freeze('ACTIVE'), lasts: [25, 45], ...moves },
  // About as long as the cluster takes to notice: it may be fenced in the moment in which it goes on.
  { name: 'ACTIVE hangs for a moment', fells: ['ACTIVE'], inject: freeze('ACTIVE'), lasts: [1, 8], stall: takeover },
  { name: 'STANDBY hangs', fells: ['STANDBY'], inject: freeze('STANDBY'), lasts: [25, 45], ...unnoticed },
  { name: 'kernel panic of ACTIVE', fells: ['ACTIVE'], inject: fire('ACTIVE', panic()), ...moves },
  { name: 'corosync killed on ACTIVE', fells: ['ACTIVE'], inject: fire('ACTIVE', killed('corosync')), ...moves },
  { name: 'corosync killed on STANDBY', fells: ['STANDBY'], inject: fire('STANDBY', killed('corosync')), ...unnoticed },
  { name: 'ACTIVE reboots', fells: ['ACTIVE'], inject: fire('ACTIVE', 'systemctl reboot'), ...moves },
  {
    name: 'network between the controllers cut',
    ...{ fells: ['STANDBY'], inject: between('ACTIVE', 'STANDBY'), lasts: [25, 60], ...unnoticed },
  },
  {
    name: 'ACTIVE hears nothing of STANDBY',
    ...{ fells: ['ACTIVE', 'STANDBY'], inject: between('ACTIVE', 'STANDBY', 'in'), lasts: [25, 60], stall: takeover },
  },
  { name: 'host cut off from ACTIVE', fells: [], inject: fromHost('ACTIVE'), lasts: [20, 40], stall: takeover },
  { name: 'host cut off from STANDBY', fells: [], inject: fromHost('STANDBY'), lasts: [20, 40], ...unnoticed },
  { name: 'disk detached from ACTIVE', fells: ['ACTIVE'], inject: detach('ACTIVE'), lasts: [30, 60], ...moves },
  { name: 'disk detached from STANDBY', fells: [], inject: detach('STANDBY'), lasts: [20, 40], ...unnoticed },
  { name: 'portal of ACTIVE gone', fells: [], inject: run('ACTIVE', `rmdir ${portals}/np/*`), stall: takeover },
  // A shell's `>` takes no pattern that names nothing: where there is no target, it fails.
  { name: 'target of ACTIVE off', fells: [], inject: run('ACTIVE', `echo 0 | tee ${portals}/enable`), stall: takeover },
  { name: 'target service of STANDBY killed', fells: [], inject: run('STANDBY', killedUnit()), ...unnoticed },
  {
    name: 'a disk of the pool slow',
    fells: [],
    inject: slow({ iops: 10 }),
    lasts: [20, 40],
    stall: 20,
    after: 'the same',
  },
  {
    // Less than the NVMe driver waits (30 s): QEMU stands still for good when the guest resets a disk that holds I/O back.
    name: 'a disk of the pool hangs',
    ...{ fells: ['ACTIVE'], inject: slow({ bps: 1 }), lasts: [20, 27], stall: 27 + takeover },
  },
]

/** The command that does it must be over before: nobody answers for it afterwards. */
function panic(): string {
  return '(sleep 0.5; echo c >/proc/sysrq-trigger) </dev/null >/dev/null 2>&1 &'
}

function killed(program: string): string {
  return `pkill -KILL -x ${program}`
}

function killedUnit(): string {
  return 'systemctl kill --signal=KILL star-standby.service'
}
