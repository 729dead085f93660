/** Which document runs where, with which parameters: no address, name or id in them was ever typed by anybody. */
import type { Node, Volumes } from './picture.ts'
import { type ArrayRequest, NOT_FENCED } from './request.ts'
import { settings } from './settings.ts'
import type { Run } from './shapes.ts'

/** A machine may have to boot first; for a look at the array a node that does not answer is itself an answer. */
const BOOT_SECONDS = 300
const LOOK_SECONDS = 20

export interface Nodes {
  controllers: [Node, Node]
  hosts: Node[]
}

export interface Documents {
  prepareControllers: Run[]
  prepareHosts: Run[]
  createPool: Run
  formCluster: Run
  /** On the controller that formed it, while the other one still makes the pool: the first one needs no election then. */
  startFormed: Run
  startCluster: Run[]
  attachHosts: Run[]
  /** Hosts find their LUNs, STANDBY finds new ones, too, and ACTIVE says which of them are new. */
  connectHosts: Run[]
  servePerfweb: Run[]
}

export function documentsOf(
  request: ArrayRequest,
  { controllers, hosts }: Nodes,
  volumes: Volumes,
  active?: string,
): Documents {
  const { array } = request
  const [first, second] = controllers
  const owner = controllers.find(({ name }) => name === active) ?? first
  const addresses = controllers.map(({ name, address }) => `${name}=${address}`).join(',')
  const attachHosts = hosts.map(node => {
    const luns = lunsOf(request, node.name).length
    return run('attach-host', node, {
      ...{ array, controllers: addresses },
      ...{ luns: String(luns), seconds: String(attachSeconds(luns)) },
    })
  })
  return {
    prepareControllers: controllers.map(node =>
      run('prepare-controller', node, { array, name: node.name, controllers: addresses }),
    ),
    prepareHosts: hosts.map(node =>
      run('prepare-host', node, {
        name: node.name,
        initiator: initiatorOf(request, node.name),
        controllers: addresses,
      }),
    ),
    createPool: run('create-pool', owner, {
      volumes: volumes.pool.join(','),
      luns: request.luns.map(({ name, sizeMiB }) => `${name}=${sizeMiB}`).join(','),
    }),
    // The other one makes the pool meanwhile.
    formCluster: run('form-cluster', second, {
      array,
      controllers: addresses,
      fencing: volumes.fencing ?? (request.fencing === NOT_FENCED ? 'none' : 'power'),
      instances: controllers.map(({ instanceId }) => instanceId).join(','),
      region: settings().region,
    }),
    startFormed: run('start-cluster', second, { controllers: addresses, until: 'started' }),
    startCluster: controllers.map(node => run('start-cluster', node, { controllers: addresses })),
    attachHosts,
    connectHosts: [
      ...attachHosts,
      ...controllers.map(node => run('serve-luns', node, { luns: String(request.luns.length) })),
    ],
    servePerfweb: hosts.filter(({ name }) => servesPerfweb(request, name)).map(node => run('serve-perfweb', node)),
  }
}

/** Its turn on the node, two logins, and for each path some work of multipathd and udev: a lot on an emulated machine. */
export const attachSeconds = (luns: number) => 300 + 2 * 180 + 180 + 20 * luns

/** A look at one node, without waiting long for it. */
export function inspection(node: Node): Run {
  return { ...run(`inspect-${node.role}`, node), agentSeconds: LOOK_SECONDS }
}

/** Tries what works from a host. */
export function pathCheck(array: string, host: Node, controllers: Node[]): Run {
  const addresses = controllers.map(({ name, address }) => `${name}=${address}`).join(',')
  return { ...run('check-paths', host, { array, controllers: addresses }), agentSeconds: LOOK_SECONDS }
}

/** Pacemaker starts the target from this. `luns` are the pool's: name, uuid, size in MiB. */
export function configureTarget(request: ArrayRequest, node: Node, luns: [string, string, number][]): Run {
  const hosts = request.hosts.map(({ name, initiator }) => `${name}=${initiator}=${lunsOf(request, name).join('+')}`)
  return run('configure-target', node, {
    array: request.array,
    luns: luns.map(lun => lun.join('=')).join(','),
    hosts: hosts.join(';'),
  })
}

/** Names of the LUNs that a host may see. */
export function lunsOf({ luns, hosts }: ArrayRequest, host: string): string[] {
  const seen = hosts.find(({ name }) => name === host)?.luns ?? []
  return seen === 'all' ? luns.map(({ name }) => name) : seen
}

const servesPerfweb = ({ hosts }: ArrayRequest, host: string) =>
  hosts.some(({ name, perfweb }) => name === host && perfweb)

function initiatorOf({ hosts }: ArrayRequest, host: string): string {
  return hosts.find(({ name }) => name === host)?.initiator ?? ''
}

export function run(
  document: string,
  { name, instanceId }: Pick<Node, 'name' | 'instanceId'>,
  parameters: Record<string, string> = {},
): Run {
  return { document: `STAR-${document}`, node: name, instanceId, parameters, agentSeconds: BOOT_SECONDS }
}
