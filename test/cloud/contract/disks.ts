import {
  DeleteVolumeCommand,
  DetachVolumeCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import type { Stand } from './contract.ts'

const serial = (volume: string) => volume.replace('-', '')
const byId = (...volumes: string[]) => volumes.map(id => `nvme-Amazon_Elastic_Block_Store_${serial(id)}`).sort()

export function diskContract(stand: Stand): void {
  const disksOf = async (id: string) => {
    const { StandardOutputContent = '' } = await stand.lab.run('Test-disks', id)
    return StandardOutputContent.split('\n').filter(Boolean).sort()
  }

  describe('Multi-Attach volumes', () => {
    let a = ''
    let b = ''

    it('are seen by their volume id, also when two are attached at the same time', async () => {
      const { lab, one, two } = stand
      const made = await Promise.all([lab.volume(), lab.volume()])
      ;[a, b] = made
      await Promise.all([
        lab.attach(a, one),
        lab.attach(b, one, '/dev/sdg'),
        lab.attach(a, two),
        lab.attach(b, two, '/dev/sdg'),
      ])
      expect(await disksOf(one)).toEqual(byId(a, b))
      expect(await disksOf(two)).toEqual(byId(a, b))
      expect((await lab.volumeNow(a)).Attachments?.map(each => each.State)).toEqual(['attached', 'attached'])
    })

    it('hold the same data for both machines', async () => {
      const { lab, one, two } = stand
      for (const [writer, reader, text] of [
        [one, two, 'forth'],
        [two, one, 'back'],
      ] as const) {
        const written = await lab.run('Test-write', writer, { volume: serial(a), text })
        expect(written.Status).toBe('Success')
        expect((await lab.run('Test-read', reader, { volume: serial(a) })).StandardOutputContent).toBe(`${text}\n`)
      }
    })

    it('are still there, with their data, after the machine was off', async () => {
      const { lab, one } = stand
      await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [one] }))
      await lab.until('stopped', 120, async () => (await lab.stateOf(one)) === 'stopped')
      await lab.ec2.send(new StartInstancesCommand({ InstanceIds: [one] }))
      await lab.online(one)
      expect(await disksOf(one)).toEqual(byId(a, b))
      expect((await lab.run('Test-read', one, { volume: serial(a) })).StandardOutputContent).toBe('back\n')
    })

    it('go from one machine and stay with the other when detached', async () => {
      const { lab, one, two } = stand
      await lab.ec2.send(new DetachVolumeCommand({ VolumeId: b, InstanceId: one }))
      expect(await disksOf(one)).toEqual(byId(a))
      expect(await disksOf(two)).toEqual(byId(a, b))
    })

    it('can be attached again where they were', async () => {
      const { lab, one } = stand
      await lab.attach(b, one, '/dev/sdg')
      expect(await disksOf(one)).toEqual(byId(a, b))
    })

    it('are deleted once no machine has them', async () => {
      const { lab, one, two } = stand
      await expect(lab.ec2.send(new DeleteVolumeCommand({ VolumeId: a }))).rejects.toMatchObject({
        name: 'VolumeInUse',
      })
      for (const InstanceId of [one, two]) {
        for (const VolumeId of [a, b]) await lab.ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }))
      }
      for (const VolumeId of [a, b]) await lab.ec2.send(new DeleteVolumeCommand({ VolumeId }))
      await expect(lab.volumeNow(a)).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' })
      expect(await disksOf(one)).toEqual([])
    })
  })

  describe('what a driver must take twice', () => {
    it('each change of a disk or a machine, for a process that was killed may have done it already', async () => {
      const { bench, lab, one } = stand
      const { driver } = bench
      const volume = await lab.volume()
      await driver.createDisk(volume, 4)
      await lab.attach(volume, one)
      await driver.plug(one, volume)
      await driver.start({
        id: one,
        address: (await lab.instance(one)).PrivateIpAddress ?? '',
        memoryMiB: 1024,
        vcpus: 1,
        volumes: [volume],
      })
      expect(await disksOf(one)).toEqual(byId(volume))
      await driver.unplug(one, volume)
      await driver.unplug(one, volume)
      await lab.ec2.send(new DetachVolumeCommand({ VolumeId: volume }))
      await lab.ec2.send(new DeleteVolumeCommand({ VolumeId: volume }))
      await driver.deleteDisk(volume)
      await driver.destroy('i-0123456789abcdef0')
      expect(await driver.state('i-0123456789abcdef0')).toBe('absent')
    })
  })
}
