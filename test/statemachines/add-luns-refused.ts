/** Additions that are refused before the first change, each with its field and its rule. */
import { StopInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { add, built, machine, openLab, record } from './add-luns-lab.ts'
import type { Lab } from './lab.ts'

export function refusing(): void {
  describe('refused before the first change', () => {
    const unchanged = async (lab: Lab, input: object, ...problems: string[]) => {
      const before = record(lab)
      const result = await add(lab, input)
      // What is wrong with the request, or with the array it is for.
      const field = typeof problems[0] === 'string' && problems[0].startsWith('luns')
      expect(result).toMatchObject({ status: 'FAILED', error: field ? 'RequestRejected' : 'NotReady' })
      expect(result.cause?.split('\n')).toEqual(problems)
      expect(record(lab)).toEqual(before)
      expect(lab.nodes.names().filter(name => !name.startsWith('inspect'))).toEqual([])
    }
    const one = [{ size: '100M' }]

    test('what breaks a rule of the request', async () => {
      const lab = await built()

      await unchanged(lab, { luns: [] }, 'luns: must list 1 LUN or more')
      await unchanged(
        lab,
        { luns: [{ size: '3G' }] },
        'luns: must fit in the pool, which has 2036 MiB left (got 3072 MiB)',
      )
    })

    test('more than the pool really has free', async () => {
      const say = { less: false }
      const lab: Lab = await built(
        {},
        {
          replies: {
            'inspect-controller': machine => {
              if (!say.less) return undefined
              const { stdout = '' } = lab.nodes.reply('STAR-inspect-controller', {}, machine)
              return { stdout: stdout.replace(/"freeMiB":\d+/, '"freeMiB":64') }
            },
          },
        },
      )

      say.less = true
      await unchanged(
        lab,
        { luns: one },
        'luns: must fit in the pool, which has 64 MiB free on star0001-ctl1 (got 100 MiB)',
      )
    })

    test('an array that is not there, not built, or stopped', async () => {
      const nowhere = await add(openLab())
      const half = openLab({ replies: { 'form-cluster': () => ({ exitCode: 1 }) } })
      await half.run('provision-array', { keepOnFailure: true })
      half.nodes.ran.length = 0
      const stopped = await built()
      await stopped.cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [...stopped.machines.machines.keys()] }))

      expect(nowhere).toMatchObject({ error: 'NoSuchArray', cause: 'there is no array named star0001' })
      await unchanged(half, { luns: one }, 'it has not been built to its end: star up completes it')
      await unchanged(stopped, { luns: one }, 'it is stopped: star start comes first')
    })

    test('a controller that does not answer, once it had time to', async () => {
      const lab = await built()
      Object.assign(lab.machines.machines.get(machine(lab, 1)) ?? {}, { onlineAt: Number.POSITIVE_INFINITY })

      await unchanged(lab, { luns: one }, expect.stringMatching(/^star0001-ctl2 does not answer: waited 20 s/))
    })

    test('an instance that is gone', async () => {
      const lab = await built()
      await lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machine(lab, 1)] }))

      await unchanged(lab, { luns: one }, 'there is no instance star0001-ctl2: star up makes it anew')
    })

    test('a pool that is active on both controllers, or on none', async () => {
      const say = { active: undefined as boolean | undefined }
      const lab: Lab = await built(
        {},
        {
          replies: {
            'inspect-controller': machine => {
              if (say.active === undefined) return undefined
              const { stdout = '' } = lab.nodes.reply('STAR-inspect-controller', {}, machine)
              return { stdout: stdout.replace(/"pool":\{"active":\w+/, `"pool":{"active":${say.active}`) }
            },
          },
        },
      )

      say.active = true
      await unchanged(
        lab,
        { luns: one },
        'the pool is active on both controllers at once: stop one of them before anything else',
      )
      say.active = false
      await unchanged(lab, { luns: one }, 'the pool is active on no controller')
    })
  })
}
