import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import { ownMark } from '../../infra/local/process-mark.ts'
import { freshLab } from './fresh.ts'

/** A second process does something in the lab's cloud and is killed when it comes to the driver's `call`. */
function killedAt(lab: ReturnType<typeof freshLab>, call: string, action: string, ...ids: string[]) {
  const worker = join(import.meta.dirname, 'crash-worker.ts')
  const { signal, stderr } = spawnSync(process.execPath, [worker, lab.bench.home, call, action, ...ids], {
    encoding: 'utf8',
  })
  expect({ signal, stderr }).toMatchObject({ signal: 'SIGKILL' })
}

async function all(lab: ReturnType<typeof freshLab>) {
  const { Reservations = [] } = await lab.ec2.send(new DescribeInstancesCommand({}))
  return Reservations.flatMap(({ Instances = [] }) => Instances)
}
const volumes = async (lab: ReturnType<typeof freshLab>) =>
  (await lab.ec2.send(new DescribeVolumesCommand({}))).Volumes ?? []

describe('a process that was killed', () => {
  it('while it launched an instance: it is terminated if its machine does not run', async () => {
    const lab = freshLab()
    killedAt(lab, 'start', 'launch')
    const [instance] = await all(lab)
    expect(instance).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Message: 'The machine was not started' },
    })
  })

  it('while it launched an instance: what was made of its machine is removed', async () => {
    const lab = freshLab()
    killedAt(lab, 'start', 'launch')
    const record = lab.cloud.store.list<{ id: string; address: string }>('instance')[0]
    const id = record?.id ?? ''
    await lab.driver.start({ id, address: record?.address ?? '', memoryMiB: 1, vcpus: 1, volumes: [] })
    await lab.driver.stop(id, { force: true })
    expect([await lab.stateOf(id), await lab.driver.state(id)]).toEqual(['terminated', 'absent'])
  })

  it('while it launched an instance: it is running if its machine does, and can be terminated', async () => {
    const lab = freshLab()
    killedAt(lab, 'start', 'launch')
    const record = lab.cloud.store.list<{ id: string; address: string }>('instance')[0]
    const id = record?.id ?? ''
    await lab.driver.start({ id, address: record?.address ?? '', memoryMiB: 1, vcpus: 1, volumes: [] })
    expect(await lab.stateOf(id)).toBe('running')
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    expect([await lab.driver.state(id), lab.driver.open()]).toEqual(['absent', false])
  })

  it('while it started an instance: it is stopped if its machine does not run', async () => {
    const lab = freshLab()
    const [id = ''] = await lab.launch()
    await lab.stateOf(id)
    await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
    killedAt(lab, 'start', 'start', id)
    expect(await lab.stateOf(id)).toBe('stopped')
  })

  it('while it stopped an instance: it is what its machine is', async () => {
    const lab = freshLab()
    const [id = ''] = await lab.launch()
    await lab.stateOf(id)
    killedAt(lab, 'stop', 'stop', id)
    expect(await lab.stateOf(id)).toBe('running')
    killedAt(lab, 'stop', 'stop', id)
    await lab.driver.stop(id, { force: true })
    expect(await lab.stateOf(id)).toBe('stopped')
  })

  it('while it terminated an instance: the next look ends it', async () => {
    const lab = freshLab()
    const [id = ''] = await lab.launch()
    const disk = await lab.volume()
    await lab.stateOf(id)
    await lab.attach(disk, id)
    killedAt(lab, 'destroy', 'terminate', id)
    expect(await lab.stateOf(id)).toBe('terminated')
    expect(lab.driver.machines.size).toBe(0)
    expect(lab.driver.open()).toBe(false)
    expect((await lab.volumeNow(disk)).State).toBe('available')
  })

  it('after the last machine was gone, before the network was closed: the next look closes it', async () => {
    const lab = freshLab()
    const [id = ''] = await lab.launch()
    await lab.stateOf(id)
    killedAt(lab, 'close', 'terminate', id)
    expect(lab.driver.open()).toBe(true)
    await all(lab)
    expect(lab.driver.open()).toBe(false)
  })

  it('while it made a volume: the next look makes its disk', async () => {
    const lab = freshLab()
    killedAt(lab, 'createDisk', 'create')
    const [volume] = await volumes(lab)
    expect(volume?.VolumeId && lab.driver.disks.get(volume.VolumeId)).toBe(4)
    expect((await volumes(lab))[0]?.State).toBe('available')
  })

  it('while it deleted a volume: the next look deletes its disk', async () => {
    const lab = freshLab()
    const id = await lab.volume()
    killedAt(lab, 'deleteDisk', 'delete', id)
    expect(await volumes(lab)).toEqual([])
    expect(lab.driver.disks.size).toBe(0)
  })

  it('while it attached or detached a volume: the next look does it', async () => {
    const lab = freshLab()
    const [instance = ''] = await lab.launch()
    await lab.stateOf(instance)
    const volume = await lab.volume()
    killedAt(lab, 'plug', 'attach', volume, instance)
    await volumes(lab)
    expect([...(lab.driver.machines.get(instance)?.plugged ?? [])]).toEqual([volume])
    expect((await lab.volumeNow(volume)).Attachments?.[0]?.State).toBe('attached')
    killedAt(lab, 'unplug', 'detach', volume, instance)
    await volumes(lab)
    expect(lab.driver.machines.get(instance)?.plugged.size).toBe(0)
    expect((await lab.volumeNow(volume)).State).toBe('available')
  })
})

describe('a process that is still at it', () => {
  /** A lab whose next launch waits, after it was written down, until it is let go. */
  async function launching() {
    const lab = freshLab({ bootMs: 0 })
    const start = lab.driver.start.bind(lab.driver)
    const gate = Promise.withResolvers<void>()
    lab.driver.start = async spec => {
      await gate.promise
      return start(spec)
    }
    const launched = lab.launch()
    const [instance] = await lab.until('a record', 5, async () => (await all(lab)).length > 0 && all(lab))
    return { lab, instance, id: instance?.InstanceId ?? '', launched, letGo: () => gate.resolve() }
  }

  it('is left alone: an instance it launches stays pending, and is not started or ended by another look', async () => {
    const { lab, instance, id, launched, letGo } = await launching()
    expect(instance?.State?.Name).toBe('pending')
    letGo()
    await launched
    expect(await lab.stateOf(id)).toBe('running')
  })

  it('removes the machine it started if somebody terminated the instance meanwhile', async () => {
    const { lab, id, launched, letGo } = await launching()
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
    letGo()
    await launched
    expect([await lab.stateOf(id), lab.driver.machines.size, lab.driver.open()]).toEqual(['terminated', 0, false])
  })

  it('is known by more than its pid', () => {
    expect(ownMark()).toMatch(/^\d+ \d+ [0-9a-f-]{36}$/)
  })
})

describe('a machine that vanished', () => {
  it('is terminated, and its disks are free', async () => {
    const lab = freshLab()
    const [id = ''] = await lab.launch()
    const disk = await lab.volume()
    await lab.stateOf(id)
    await lab.attach(disk, id)
    lab.driver.machines.delete(id)
    expect(await lab.stateOf(id)).toBe('terminated')
    expect((await lab.volumeNow(disk)).State).toBe('available')
  })
})
