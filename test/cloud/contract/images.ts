import {
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import type { Stand } from './contract.ts'

export function imageContract(stand: Stand): void {
  const left = async (id: string) => (await stand.lab.run('Test-left', id)).StandardOutputContent

  describe('images', () => {
    it('are what a stopped machine had on its root disk, for machines that outlive both', async () => {
      const { lab, two } = stand
      await lab.run('Test-leave', two, { text: 'baked' })
      await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [two] }))
      await lab.until('stopped', 120, async () => (await lab.stateOf(two)) === 'stopped')
      const { ImageId = '' } = await lab.ec2.send(new CreateImageCommand({ InstanceId: two, Name: 'baked' }))
      await lab.until('available', 60, async () => {
        const { Images } = await lab.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))
        return Images?.[0]?.State === 'available'
      })
      await lab.ec2.send(new StartInstancesCommand({ InstanceIds: [two] }))
      await lab.online(two)
      await lab.run('Test-leave', two, { text: 'later' })

      const [made = ''] = await lab.launch(1, { ImageId })
      await lab.online(made)
      expect(await left(made)).toBe('baked\n')
      await lab.ec2.send(new DeregisterImageCommand({ ImageId }))
      const { Snapshots = [] } = await lab.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))
      for (const { SnapshotId } of Snapshots) await lab.ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
      await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [made] }))
      await lab.until('stopped', 120, async () => (await lab.stateOf(made)) === 'stopped')
      await lab.ec2.send(new StartInstancesCommand({ InstanceIds: [made] }))
      await lab.online(made)
      expect(await left(made)).toBe('baked\n')
      expect(await left(two)).toBe('later\n')
      await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [made] }))
      await lab.until('terminated', 60, async () => (await lab.stateOf(made)) === 'terminated')
    })
  })

  describe('what a driver must take twice', () => {
    it('an image that goes, and one that is made of a machine that does not stand still', async () => {
      const { bench, one } = stand
      await expect(bench.driver.saveImage(one, 'ami-0123456789abcdef0')).rejects.toThrow(`${one} is not off`)
      await bench.driver.removeImage('ami-0123456789abcdef0')
    })
  })
}
