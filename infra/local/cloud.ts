import { EC2Client } from '@aws-sdk/client-ec2'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SSMClient } from '@aws-sdk/client-ssm'
import { noteCall } from './call-log.ts'
import { type Clock, systemClock } from './clock.ts'
import type { MachineDriver } from './driver.ts'
import { attachmentRoutes } from './ebs-attachments.ts'
import { volumeRoutes } from './ebs-volumes.ts'
import { catalogRoutes } from './ec2-catalog.ts'
import { groupRoutes } from './ec2-groups.ts'
import { imageRoutes } from './ec2-images.ts'
import { instanceRoutes } from './ec2-instances.ts'
import { launchRoutes } from './ec2-launch.ts'
import { networkRoutes } from './ec2-network.ts'
import { placementRoutes } from './ec2-placement.ts'
import { powerRoutes } from './ec2-power.ts'
import { snapshotRoutes } from './ec2-snapshots.ts'
import { tagRoutes } from './ec2-tags.ts'
import { ec2Error } from './errors.ts'
import { eventRoutes } from './eventbridge.ts'
import { forgetGone, isEmpty } from './forget.ts'
import type { Cloud, Route, StartWorkflow } from './route.ts'
import { executionRoutes } from './sfn.ts'
import { type Histories, historyRoutes } from './sfn-history.ts'
import { commandRoutes } from './ssm-commands.ts'
import type { DocumentContent } from './ssm-document.ts'
import { documentRoutes } from './ssm-documents.ts'
import { managedInstanceRoutes } from './ssm-instances.ts'
import { parameterRoutes } from './ssm-parameters.ts'
import { openStore, type Store } from './store.ts'

export interface CloudOptions {
  /** Directory for all that is remembered. */
  home: string
  driver: MachineDriver
  /** Systems Manager documents by name. */
  documents: ReadonlyMap<string, DocumentContent>
  clock?: Clock
  /** Name of the node image, owned by `self`. */
  image?: string
  /**
   * Let what was just made stay unseen at a first look, as happens on AWS: `InvocationDoesNotExist` for a command,
   * `InvalidInstanceID.NotFound` and `InvalidVolume.NotFound` for an instance and a volume asked for by id.
   */
  eventual?: boolean
  /** In place of the one in `home`. */
  store?: Store
  /** Keeps what GetExecutionHistory answers, of what this process runs. */
  histories?: boolean
}

/** EC2, Systems Manager, Step Functions and EventBridge behind the SDK clients' `send`. */
export interface LocalCloud {
  home: string
  ec2: EC2Client
  ssm: SSMClient
  sfn: SFNClient
  events: EventBridgeClient
  store: Store
  clock: Clock
  histories?: Histories
  /** Lets instances show dates of another calendar than the clock's. */
  showDatesBy(calendar: Cloud['calendar']): void
  /** Gives StartExecution something that runs workflows. */
  runWorkflowsBy(start: StartWorkflow): void
  /** True if nothing is left but the memory of executions: no instance, disk, group, image or parameter. */
  isEmpty(): boolean
  close(): void
}

const ec2Routes = [
  networkRoutes,
  groupRoutes,
  placementRoutes,
  catalogRoutes,
  imageRoutes,
  snapshotRoutes,
  launchRoutes,
  instanceRoutes,
  powerRoutes,
  volumeRoutes,
  attachmentRoutes,
  tagRoutes,
].flat()
const ssmRoutes = [managedInstanceRoutes, documentRoutes, commandRoutes, parameterRoutes].flat()

export function openCloud(options: CloudOptions): LocalCloud {
  const {
    home,
    driver,
    documents,
    clock = systemClock,
    image = 'star-node-debian-12-local',
    eventual = false,
    store = openStore(home),
  } = options
  const histories: Histories | undefined = options.histories ? new Map() : undefined
  const cloud: Cloud = {
    home,
    store,
    driver,
    clock,
    documents,
    image,
    eventual,
    engine: {},
    calendar: at => at,
    histories,
  }
  forgetGone(cloud)
  return {
    home,
    ec2: client(EC2Client, cloud, ec2Routes),
    ssm: client(SSMClient, cloud, ssmRoutes),
    sfn: client(SFNClient, cloud, [...executionRoutes, ...historyRoutes]),
    events: client(EventBridgeClient, cloud, eventRoutes),
    store,
    clock,
    histories,
    showDatesBy(calendar) {
      cloud.calendar = calendar
    },
    runWorkflowsBy(start) {
      cloud.engine.start = start
    },
    isEmpty: () => isEmpty(store),
    close() {
      forgetGone(cloud)
      store.close()
    },
  }
}

/** A client whose `send` ends here. It is an instance of the SDK's class, because the SDK's own paginators ask for that. */
function client<Client extends object>(type: { prototype: Client }, cloud: Cloud, routes: Route[]): Client {
  const known = new Map(routes)
  const send = async (command: { constructor: { name: string }; input: never }) => {
    const run = known.get(command.constructor)
    if (run === undefined) {
      const name = command.constructor.name.replace(/Command$/, '')
      throw ec2Error('UnsupportedOperation', `The local cloud does not know ${name}`)
    }
    noteCall(cloud.store, command)
    const output = (await run(cloud, command.input)) as object
    return { $metadata: { httpStatusCode: 200, attempts: 1 }, ...output }
  }
  return Object.assign(Object.create(type.prototype) as Client, { send, destroy: () => {} })
}
