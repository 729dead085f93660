/** Ways to fail while an array is built and while it is taken down. `openLab` is the one that keeps account of what was gone through. */
import { describe, expect, test } from 'vitest'
import { failing, type Lab, type LabOptions } from './lab.ts'

type OpenLab = (options?: LabOptions) => Lab

const parameters = (lab: Lab) => lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)

export function whileItIsBuilt(openLab: OpenLab): void {
  describe('while it is built', () => {
    test.each([
      ['RunInstances', 'InsufficientInstanceCapacity'],
      ['CreateVolume', 'VolumeLimitExceeded'],
      ['AttachVolume', 'AttachmentLimitExceeded'],
    ])('%s answering %s undoes everything, and that is the cause', async (command, error) => {
      const lab = openLab({ faults: { [command]: failing(error, `no more of ${command}`) } })

      const result = await lab.run('provision-array', {})

      expect(result).toMatchObject({ status: 'FAILED', error })
      expect(result.cause).toContain(`no more of ${command}`)
      expect(lab.cloud.isEmpty()).toBe(true)
    })

    test('a machine for which there is room only later is waited for', async () => {
      const lab = openLab({
        faults: { RunInstances: (_, count) => (count <= 2 ? failing('InsufficientInstanceCapacity')() : undefined) },
      })

      expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    })

    test('a security group that shows late is looked for again', async () => {
      let made = false
      const lab = openLab({
        faults: {
          DescribeSecurityGroups: () => (made ? undefined : { SecurityGroups: [] }),
          CreateSecurityGroup: (_, count) => {
            if (count < 3) return undefined
            made = true
            return failing('InvalidGroup.Duplicate')()
          },
          AuthorizeSecurityGroupIngress: (_, count) => (count === 1 ? failing('InvalidGroup.NotFound')() : undefined),
        },
      })

      expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    })

    test('a document that fails is the cause, with its node and what it said', async () => {
      const lab = openLab({ replies: { 'create-pool': () => ({ exitCode: 5, stderr: 'no room on STARpool\n' }) } })

      const result = await lab.run('provision-array', {})

      expect(result.error).toBe('DocumentFailed')
      expect(result.cause).toMatch(/^STAR-create-pool on star0001-ctl1: Failed, exit status 5\nno room on STARpool\n/)
      expect(lab.cloud.isEmpty()).toBe(true)
    })

    test('with keepOnFailure a failed build stays to be looked at, and the next run completes it', async () => {
      let broken = true
      const lab = openLab({ replies: { 'form-cluster': () => (broken ? { exitCode: 1 } : undefined) } })

      const failed = await lab.run('provision-array', { keepOnFailure: true })
      broken = false
      const machines = [...lab.machines.machines.keys()]
      const completed = await lab.run('provision-array', {})

      expect(failed).toMatchObject({ error: 'DocumentFailed' })
      expect(machines).toHaveLength(3)
      expect(completed).toMatchObject({ status: 'SUCCEEDED', output: { changed: true } })
      expect([...lab.machines.machines.keys()]).toEqual(machines)
    })

    test('SendCommand not knowing an instance yet is asked again', async () => {
      const lab = openLab({
        faults: { SendCommand: (_, count) => (count === 1 ? failing('InvalidInstanceId')() : undefined) },
      })

      expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
    })

    test('a machine that reboots under a document gets it again', async () => {
      const lab = openLab({
        replies: {
          'prepare-host': (machine, count) => {
            if (count === 1) lab.clock.sleep(1_000).then(() => lab.machines.reboot(machine.id))
            return undefined
          },
        },
      })

      expect(await lab.run('provision-array', {})).toMatchObject({ status: 'SUCCEEDED' })
      expect(lab.nodes.names().filter(name => name === 'prepare-host instance-1')).toHaveLength(2)
    })

    test('a document that is lost three times is given up', async () => {
      const lab = openLab({
        replies: {
          'prepare-host': machine => {
            lab.clock.sleep(1_000).then(() => lab.machines.reboot(machine.id))
            return undefined
          },
        },
      })

      const result = await lab.run('provision-array', {})

      expect(result.error).toBe('DocumentLost')
      expect(result.cause).toContain('STAR-prepare-host on instance-1 was cut off')
      expect(lab.nodes.names().filter(name => name === 'prepare-host instance-1')).toHaveLength(3)
    })

    test('a machine whose agent never answers ends in a deadline that says what was waited for', async () => {
      const lab = openLab({ driver: { bootMs: Number.POSITIVE_INFINITY } })

      const result = await lab.run('provision-array', {})

      expect(result).toMatchObject({ error: 'DeadlineExceeded' })
      expect(result.cause).toMatch(/waited 300 s for the agent of (star0001-ctl1|instance-1) \(i-\w+\) to answer/)
    })
  })
}

export function takingItDown(openLab: OpenLab): void {
  describe('taking it down', () => {
    test('of an array with a record that cannot be removed: the lock is let go, the cause is told', async () => {
      const lab = openLab({
        faults: {
          DeleteParameter: ({ Name }) =>
            Name === '/star/star0001' ? failing('InternalServerError', 'no')() : undefined,
        },
      })
      await lab.run('provision-array', {})

      const result = await lab.run('teardown-array', { array: 'star0001' })

      expect(result).toMatchObject({ status: 'FAILED', error: 'InternalServerError', cause: 'no' })
      expect(parameters(lab)).toEqual(['/star/star0001'])
    })

    test('a lock that cannot be let go is told after the cause', async () => {
      const lab = openLab({ faults: { DeleteParameter: ({ Name }) => failing('InternalServerError', String(Name))() } })

      expect(await lab.run('teardown-array', { array: 'star0001' })).toMatchObject({
        error: 'InternalServerError',
        cause: '/star/star0001\nand then the lock could not be let go: InternalServerError: /star/star0001/lock',
      })
    })

    test('names what was deleted, each once; a second time there is nothing', async () => {
      const lab = openLab()
      await lab.run('provision-array', {})

      const first = await lab.run('teardown-array', { array: 'star0001' })
      const second = await lab.run('teardown-array', { array: 'star0001' })

      const removed = [
        ...['star0001-ctl1', 'star0001-ctl2', 'instance-1', 'star0001-disk1', 'star0001-disk2'],
        ...['star-star0001', 'star-star0001-controllers', 'star-star0001-hosts'],
      ]
      expect(first.output).toEqual({ array: 'star0001', changed: true, removed: expect.any(Array) })
      expect((first.output as { removed: string[] }).removed.sort()).toEqual(removed.sort())
      expect(second.output).toEqual({ array: 'star0001', changed: false, removed: [] })
    })

    test('of a name that is no array’s name is refused', async () => {
      const result = await openLab().run('teardown-array', { array: 'Star 1' })

      expect(result).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
    })

    test('an event bus that fails once is tried once more, and the operation says so', async () => {
      const lab = openLab({
        faults: { PutEvents: (_, count) => (count === 2 ? failing('InternalException', 'no bus')() : undefined) },
      })
      await lab.run('provision-array', {})

      const result = await lab.run('teardown-array', { array: 'star0001' })

      expect(result).toMatchObject({ status: 'FAILED', error: 'InternalException', cause: 'no bus' })
      expect(parameters(lab)).toEqual([])
    })

    test('what will not go is named when time is up', async () => {
      const lab = openLab({ faults: { DeleteVolume: failing('VolumeInUse') } })
      await lab.run('provision-array', {})

      const result = await lab.run('teardown-array', { array: 'star0001' })

      expect(result).toMatchObject({ error: 'DeadlineExceeded' })
      expect(result.cause).toBe('waited 900 s for star0001-disk1, star0001-disk2 of star0001 to be gone')
    })
  })
}
