import {
  type InstanceStateChange,
  type InstanceStateName,
  RebootInstancesCommand,
  type RebootInstancesCommandInput,
  StartInstancesCommand,
  type StartInstancesCommandInput,
  StopInstancesCommand,
  type StopInstancesCommandInput,
  TerminateInstancesCommand,
  type TerminateInstancesCommandInput,
} from '@aws-sdk/client-ec2'
import { stateOf } from './ec2-instances.ts'
import { bury, powerOn, whileOpen } from './ec2-machines.ts'
import { changeInstance, type InstanceRecord, instanceRecord, isBusy } from './ec2-records.ts'
import { driverFailed, ec2Error } from './errors.ts'
import { ownMark } from './process-mark.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'

/** Start, stop, reboot, terminate. All instances of a request are checked before any of them is touched. */

async function start(cloud: Cloud, { InstanceIds }: StartInstancesCommandInput) {
  await settleKnown(cloud, InstanceIds)
  const { records, changes } = await whileOpen(cloud, () =>
    begin(cloud, InstanceIds, 'pending', { from: ['stopped'], already: ['running', 'pending'], verb: 'started' }),
  )
  for (const { id } of records) {
    changeInstance(cloud.store, id, now => Object.assign(now, { launched: cloud.clock.now(), reason: undefined }))
  }
  await Promise.all(records.map(record => powerOn(cloud, record)))
  return { StartingInstances: changes }
}

async function stop(cloud: Cloud, { InstanceIds, Force = false }: StopInstancesCommandInput) {
  await settleKnown(cloud, InstanceIds)
  const { store, driver } = cloud
  const { records, changes } = store.transact(() =>
    begin(cloud, InstanceIds, 'stopping', { from: ['running'], already: ['stopping', 'stopped'], verb: 'stopped' }),
  )
  await Promise.all(
    records.map(async ({ id }) => {
      let failure: unknown
      await driver.stop(id, { force: Force }).catch(error => {
        failure = error
      })
      changeInstance(store, id, now => {
        if (now.state !== 'stopping') return
        Object.assign(now, { state: failure ? 'running' : 'stopped', worker: undefined, reason: undefined })
      })
      if (failure) throw driverFailed(`${id} did not stop`, failure)
    }),
  )
  return { StoppingInstances: changes }
}

async function reboot(cloud: Cloud, { InstanceIds }: RebootInstancesCommandInput) {
  await settleKnown(cloud, InstanceIds)
  const records = (InstanceIds ?? []).map(id => instanceRecord(cloud.store, id))
  for (const { id, state } of records) if (state !== 'running') throw wrongState(id, 'rebooted')
  await Promise.all(
    records.map(({ id }) =>
      cloud.driver.reboot(id).catch(error => {
        throw driverFailed(`${id} did not reboot`, error)
      }),
    ),
  )
  return {}
}

async function terminate(cloud: Cloud, { InstanceIds }: TerminateInstancesCommandInput) {
  await settleKnown(cloud, InstanceIds)
  const { store } = cloud
  const from: InstanceStateName[] = ['pending', 'running', 'stopping', 'stopped']
  const { records, changes } = store.transact(() =>
    begin(cloud, InstanceIds, 'shutting-down', { from, already: ['shutting-down', 'terminated'], verb: 'terminated' }),
  )
  await Promise.all(records.map(({ id }) => bury(cloud, id)))
  return { TerminatingInstances: changes }
}

/** What is asked of an id that does not exist is refused before time is spent on the machines. */
async function settleKnown(cloud: Cloud, ids: string[] | undefined): Promise<void> {
  if (!ids?.length) throw ec2Error('MissingParameter', 'The request must contain the parameter InstanceIds')
  for (const id of ids) instanceRecord(cloud.store, id)
  await settle(cloud)
}

interface Change {
  from: InstanceStateName[]
  /** States in which there is nothing to do: EC2 answers without an error. */
  already: InstanceStateName[]
  verb: string
}

/** Inside a transaction: checks all instances, then marks as ours those that change. */
function begin({ store, clock }: Cloud, ids: string[] | undefined, to: InstanceStateName, change: Change) {
  const { from, already, verb } = change
  const asked = to === 'pending' ? {} : { asked: clock.now(), reason: undefined }
  const records: InstanceRecord[] = []
  const changes: InstanceStateChange[] = []
  for (const id of new Set(ids)) {
    const record = instanceRecord(store, id)
    const { state } = record
    // Whoever stops what a fence device has in hand does not want it back.
    const fenced = to === 'stopping' && record.back !== undefined
    const startable = fenced || (from.includes(state) && (to === 'shutting-down' || !isBusy(record)))
    if (!startable && !already.includes(state)) throw wrongState(id, verb)
    const current = startable ? to : state
    changes.push({ InstanceId: id, PreviousState: stateOf(state), CurrentState: stateOf(current) })
    if (startable) records.push({ ...record, ...asked, back: undefined, state: to, worker: ownMark() })
  }
  for (const record of records) store.put('instance', record.id, record)
  return { records, changes }
}

const wrongState = (id: string, verb: string) =>
  ec2Error('IncorrectInstanceState', `The instance '${id}' is not in a state from which it can be ${verb}.`)

export const powerRoutes: Route[] = [
  route(StartInstancesCommand, start),
  route(StopInstancesCommand, stop),
  route(RebootInstancesCommand, reboot),
  route(TerminateInstancesCommand, terminate),
]
