import {
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, it } from 'vitest'
import type { Stand } from './contract.ts'

export function powerContract(stand: Stand): void {
  const bootId = async (id: string) => (await stand.lab.run('Test-boot-id', id)).StandardOutputContent

  describe('power', () => {
    it('gives every machine an address of its own, at which the others reach it', async context => {
      const { bench, lab, one, two } = stand
      const [a, b] = [await lab.instance(one), await lab.instance(two)]
      expect(a.PrivateIpAddress).not.toBe(b.PrivateIpAddress)
      if (!bench.real) context.skip()
      const { StandardOutputContent } = await lab.run('Test-peer', one, { address: b.PrivateIpAddress ?? '' })
      expect(StandardOutputContent).toBe('reached\n')
    })

    it('reboots into another boot, running all the while', async () => {
      const { lab, one } = stand
      const before = await bootId(one)
      await lab.ec2.send(new RebootInstancesCommand({ InstanceIds: [one] }))
      expect(await lab.stateOf(one)).toBe('running')
      await lab.until('another boot id', 180, async () => (await lab.isOnline(one)) && (await bootId(one)) !== before)
    })

    it('shows a machine whose power failed as stopped, and starts it again', async () => {
      const { bench, lab, one } = stand
      await bench.cut(one)
      expect(await lab.stateOf(one)).toBe('stopped')
      expect(await lab.isOnline(one)).toBe(false)
      await lab.ec2.send(new StartInstancesCommand({ InstanceIds: [one] }))
      await lab.online(one)
      expect(await lab.stateOf(one)).toBe('running')
    })

    it('stops hard when forced', async () => {
      const { bench, lab, one } = stand
      const { StoppingInstances } = await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [one], Force: true }))
      expect(StoppingInstances?.[0]).toMatchObject({
        PreviousState: { Name: 'running' },
        CurrentState: { Name: 'stopping' },
      })
      await lab.until('stopped', 30, async () => (await lab.stateOf(one)) === 'stopped')
      expect(await bench.driver.state(one)).toBe('stopped')
    })

    it('terminates running and stopped machines, and with the last one closes the network', async () => {
      const { bench, lab, one, two } = stand
      await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [one, two] }))
      for (const id of [one, two]) {
        await lab.until('terminated', 60, async () => (await lab.stateOf(id)) === 'terminated')
        expect(await bench.driver.state(id)).toBe('absent')
        expect((await lab.instance(id)).PrivateIpAddress).toBeUndefined()
      }
      expect(lab.cloud.isEmpty()).toBe(true)
    })
  })
}
