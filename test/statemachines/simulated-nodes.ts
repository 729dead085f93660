/**
 * Machines that answer documents as the nodes of an array would, in memory: what one document changed, the next one
 * sees. What the scripts themselves do is tested with the scripts; here they only have to be consistent.
 */
import { randomUUID } from 'node:crypto'
import type { MemoryMachine, Reply } from '../../infra/local/memory-driver.ts'
import { simulatedCluster, type World } from './simulated-cluster.ts'

interface Lun {
  name: string
  uuid: string
  sizeMiB: number
  isNew: boolean
}

interface Sim {
  luns: Lun[]
  /** The last controller that had the pool, and what the pool holds. */
  owner?: string
  /** The disks that it lies on: on others it is another pool. */
  volumes?: string
  poolMiB: number
  /** Names of LUNs, as configure-target said. */
  exported: string[]
  /** Host name → names of LUNs, as configure-target said. */
  grants: Map<string, string[]>
  cluster: ReturnType<typeof simulatedCluster>
  proven: Set<string>
  /** As form-cluster said. */
  fenced?: boolean
}

interface Node {
  name: string
  array: string
  controllers: { name: string; address: string }[]
  /** It logs in at each boot from the first time on. */
  attached: boolean
  /** The boot in which it was told to let go of its LUNs. */
  quiescedIn?: string
}

const key = (character: string) => `ssh-ed25519 ${character.repeat(68)}`
const wwidOf = (lun: Lun) => `36001405${lun.uuid.replaceAll('-', '').slice(0, 25)}`
const pairs = (text = '') => text.split(',').map(pair => pair.split('=') as [string, string])

export function simulatedNodes(world: World & { diskGiB(volume: string): number }) {
  const nodes = new Map<string, Node>()
  const sims = new Map<string, Sim>()
  /** Machines that serve perfweb. */
  const perfweb = new Set<string>()
  const ran: { document: string; node: string; parameters: Record<string, string> }[] = []

  const simOf = (array: string): Sim => {
    const sim: Sim = sims.get(array) ?? {
      luns: [],
      poolMiB: 0,
      exported: [],
      grants: new Map(),
      cluster: simulatedCluster(world),
      proven: new Set(),
    }
    sims.set(array, sim)
    return sim
  }
  const remember = (machine: MemoryMachine, { name = '', array = '', controllers = '' }: Record<string, string>) => {
    const list = pairs(controllers).map(([name, address]) => ({ name, address }))
    const { attached = false, quiescedIn, array: known = '' } = nodes.get(machine.id) ?? {}
    // A host that is prepared again stays where it is attached.
    nodes.set(machine.id, {
      name,
      array: array || known,
      controllers: list,
      attached,
      ...(quiescedIn && { quiescedIn }),
    })
  }

  const documents: Record<string, (p: Record<string, string>, node: Node, machine: MemoryMachine) => object> = {
    'prepare-controller': (p, _, machine) => {
      remember(machine, p)
      const own = p.name?.endsWith('1') ? 'A' : 'B'
      return { bootId: machine.bootId, os: 'debian-12', sshKey: key(own), hostKey: key(own.toLowerCase()) }
    },
    'prepare-host': (p, _, machine) => {
      remember(machine, p)
      return { bootId: machine.bootId, os: 'debian-12' }
    },
    'prepare-image': (_, __, machine) => ({ bootId: machine.bootId, os: 'debian-12' }),
    'trust-partner': () => ({}),
    'create-pool': (p, node) => {
      const sim = simOf(node.array)
      // Other disks, another array: its target is not configured yet.
      const none = { owner: undefined, luns: [], exported: [], grants: new Map() }
      if (sim.volumes !== p.volumes) Object.assign(sim, { volumes: p.volumes, ...none })
      sim.owner = sim.cluster.active() ?? sim.owner ?? node.name
      sim.poolMiB = (p.volumes ?? '').split(',').reduce((sum, volume) => sum + world.diskGiB(volume) * 1024 - 4, 0)
      const made = []
      for (const [name, size] of sim.owner === node.name ? pairs(p.luns) : []) {
        if (sim.luns.some(lun => lun.name === name)) continue
        sim.luns.push({ name, uuid: randomUUID(), sizeMiB: Number(size), isNew: true })
        made.push(`LUN ${name}`)
      }
      return { changed: made, owner: sim.owner, luns: sim.luns.map(lun => [lun.name, lun.uuid, lun.sizeMiB]) }
    },
    'configure-target': (p, node) => {
      const hosts = (p.hosts ?? '').split(';').map(host => host.split('=') as [string, string, string])
      const sim = simOf(node.array)
      sim.grants = new Map(hosts.map(([name, , luns]) => [name, luns.split('+')]))
      sim.exported = pairs(p.luns).map(([name]) => name)
      return {}
    },
    'serve-luns': (p, node) => {
      const { cluster, exported, luns } = simOf(node.array)
      if (!cluster.serving().includes(node.name)) throw new Error(`${node.name} does not serve`)
      if (Number(p.luns) !== exported.length) throw new Error(`${node.name} has ${exported.length} LUNs, not ${p.luns}`)
      const active = cluster.active() === node.name
      const fresh = active ? luns.filter(lun => lun.isNew).map(lun => [lun.name, wwidOf(lun)]) : []
      return { name: node.name, luns: exported.length, active, fresh }
    },
    'form-cluster': (p, node) => {
      simOf(node.array).fenced = p.fencing !== 'none'
      return {}
    },
    'start-cluster': (_, node, machine) => {
      simOf(node.array).cluster.start(node.name, machine.id)
      return {}
    },
    'stop-cluster': (_, node, machine) => ({
      changed: simOf(node.array).cluster.stop(node.name) ? ['pacemaker.service stopped'] : [],
      bootId: machine.bootId,
    }),
    'hand-over': ({ to = '' }, node) => {
      const { cluster } = simOf(node.array)
      const isNew = cluster.active() !== to
      cluster.handOver(to)
      return { changed: isNew ? [`${to} is ACTIVE`] : [], active: to, seconds: isNew ? 6 : null }
    },
    'attach-host': (p, node) => {
      Object.assign(node, { attached: true, quiescedIn: undefined, array: p.array })
      return {}
    },
    'quiesce-host': (_, node, machine) => {
      const changed = isAttached(node, machine) ? ['logged out'] : []
      node.quiescedIn = machine.bootId
      return { changed, unmounted: [] }
    },
    'serve-perfweb': (_, __, machine) => {
      const changed = perfweb.has(machine.id) ? [] : ['star-perfweb.service started']
      perfweb.add(machine.id)
      return { changed }
    },
    'inspect-controller': (_, node, machine) => controllerReport(node, machine),
    'inspect-host': (_, node, machine) => hostReport(node, machine),
    'check-paths': (_, node, machine) => pathsReport(node, machine),
    'prove-luns': (p, node) => {
      for (const wwid of (p.wwids ?? '').split(',')) simOf(node.array).proven.add(wwid)
      return {}
    },
    'settle-luns': (p, node) => {
      const sim = simOf(node.array)
      for (const lun of sim.luns) {
        if (!p.luns?.split(',').includes(lun.name)) continue
        if (!sim.proven.has(wwidOf(lun))) throw new Error(`${lun.name} was settled, but never proven`)
        lun.isNew = false
      }
      return {}
    },
  }

  const isAttached = (node: Node, machine: MemoryMachine) => node.attached && node.quiescedIn !== machine.bootId

  function controllerReport(node: Node, machine: MemoryMachine) {
    const { luns, exported, poolMiB, cluster, grants, fenced } = simOf(node.array)
    const online = cluster.serving()
    const owner = cluster.active() ?? null
    const active = owner === node.name
    const serving = online.includes(node.name)
    const list = luns.map(lun => [lun.name, wwidOf(lun), lun.sizeMiB, lun.isNew ? 1 : 0])
    const standbys = online.filter(name => name !== owner)
    return {
      name: node.name,
      role: active ? 'ACTIVE' : serving ? 'STANDBY' : 'none',
      fencing: serving ? (fenced ? 'on' : 'off') : 'unknown',
      // Who is not in the cluster knows nothing of it.
      cluster: serving
        ? { online, promoted: owner ? [owner] : [], unpromoted: standbys, failures: [] }
        : { online: [], promoted: [], unpromoted: [], failures: [] },
      pool: { active, owner, sizeMiB: poolMiB, freeMiB: luns.reduce((free, lun) => free - lun.sizeMiB, poolMiB - 4) },
      luns: active ? list : [],
      target: {
        serving,
        luns: serving ? exported.length : 0,
        alua: serving ? (active ? 'optimized' : 'non-optimized') : null,
        sessions: serving ? [...grants.keys()] : [],
      },
      bootId: machine.bootId,
    }
  }

  function hostReport(node: Node, machine: MemoryMachine) {
    const { luns, cluster, grants } = simOf(node.array)
    const attached = isAttached(node, machine)
    const seen = attached ? luns.filter(lun => grants.get(node.name)?.includes(lun.name)) : []
    const serving = cluster.serving()
    const paths = node.controllers.map(({ name, address }) => [
      address,
      name === cluster.active() ? 'optimized' : 'non-optimized',
      serving.includes(name) ? 'active' : 'failed',
    ])
    const sessions = node.controllers.flatMap(({ name, address }) => (serving.includes(name) ? [address] : []))
    return {
      name: node.name,
      bootId: machine.bootId,
      // Each path once, or 256 LUNs would not fit in what Run Command hands on.
      paths,
      luns: seen.map(lun => [`STAR-${lun.name}`, wwidOf(lun), lun.sizeMiB, paths.map((_, place) => place)]),
      sessions: attached ? sessions : [],
    }
  }

  function pathsReport(node: Node, machine: MemoryMachine) {
    const { luns } = hostReport(node, machine)
    const serving = simOf(node.array).cluster.serving()
    const lost = node.controllers.filter(({ name }) => !serving.includes(name)).map(({ address }) => address)
    const names = luns.map(([name]) => String(name).replace('STAR-', ''))
    return {
      name: node.name,
      luns: luns.length,
      paths: luns.length * node.controllers.length,
      logins: node.controllers.map(({ address }) => [address, lost.includes(address) ? 'no answer in 10 s' : '']),
      failed: names.length > 0 ? lost.map(address => [address, 'Input/output error', names]) : [],
      different: [],
    }
  }

  return {
    sims,
    /** Every document that ran, in order. */
    ran,
    names: () => ran.map(({ document, node }) => `${document} ${node}`),
    reply(document: string, parameters: Record<string, string>, machine: MemoryMachine): Reply {
      const name = document.replace('STAR-', '')
      const node = nodes.get(machine.id) ?? { name: '', array: '', controllers: [], attached: false }
      const work = documents[name]
      if (!work) return { exitCode: 127, stderr: `no such document: ${document}` }
      try {
        const report = work(parameters, node, machine)
        return { stdout: `some words before\n${JSON.stringify({ changed: [], ...report })}\n`, durationMs: 3_000 }
      } catch (error) {
        return { exitCode: 1, stderr: `error: ${(error as Error).message}\n`, durationMs: 3_000 }
      } finally {
        ran.push({ document: name, node: nodes.get(machine.id)?.name ?? '', parameters })
      }
    },
  }
}
