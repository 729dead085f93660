/**
 * Who of a simulated array's controllers is in the cluster, and who is ACTIVE, as Pacemaker would have it: a controller
 * that boots comes back by itself, as STANDBY where the other one is ACTIVE; the role moves when ACTIVE is lost; after
 * both were away, both are needed again (two_node implies wait_for_all).
 */
import type { MemoryMachine } from '../../infra/local/memory-driver.ts'

interface Member {
  machine: string
  /** The boot in which its cluster was stopped. */
  stoppedIn?: string
}

/** What a simulation has to know of the world: the time, and the machine with this id, unless it is gone. */
export interface World {
  now(): number
  machine(id: string): MemoryMachine | undefined
}

export function simulatedCluster({ now, machine }: World) {
  const members = new Map<string, Member>()
  /** The boot of each controller that is in the cluster. */
  let joined = new Map<string, string>()
  let active: string | undefined

  /** The boot in which its cluster runs. */
  const bootOf = (name: string): string | undefined => {
    const member = members.get(name)
    const found = member && machine(member.machine)
    if (found?.state !== 'running' || now() < found.onlineAt || member?.stoppedIn === found.bootId) return undefined
    return found.bootId
  }
  const settle = () => {
    const running = [...members.keys()].sort().filter(name => bootOf(name) !== undefined)
    const stayed = running.filter(name => joined.get(name) === bootOf(name))
    if (stayed.length === 0 && running.length < 2) {
      joined = new Map()
      active = undefined
      return
    }
    if (active === undefined || !stayed.includes(active)) active = stayed[0] ?? running[0]
    joined = new Map(running.map(name => [name, bootOf(name) as string]))
  }

  return {
    /** It starts at each boot from now on. */
    start(name: string, machine: string) {
      members.set(name, { machine })
      settle()
    },
    /** True if it ran. */
    stop(name: string): boolean {
      settle()
      const stoppedIn = bootOf(name)
      const member = members.get(name)
      if (!member || stoppedIn === undefined) return false
      members.set(name, { ...member, stoppedIn })
      settle()
      return true
    },
    handOver(to: string) {
      settle()
      if (!joined.has(to)) throw new Error(`${to} is not in the cluster`)
      active = to
    },
    /** Names of the controllers that serve, in order; none while there is no ACTIVE. */
    serving(): string[] {
      settle()
      return [...joined.keys()]
    },
    active(): string | undefined {
      settle()
      return active
    },
  }
}
