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
      expect(result).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
      expect(result.cause?.split('\n')).toEqual(problems)
      expect(record(lab)).toEqual(before)
      expect(lab.nodes.names().filter(name => !name.startsWith('inspect'))).toEqual([])
    }
    const one = [{ size: '100M' }]
    const POOL = '2 x 10 GiB hold 20468 MiB'

    test.each<[string, object, string[]]>([
      ['no LUN', { luns: [] }, ['luns: must list 1 LUN or more']],
      [
        'a size that is none',
        { luns: [{ size: '1 GB' }] },
        ['luns[0].size: must be a size such as 3072M, 3G or 1T (got 1 GB)'],
      ],
      ['an unknown field', { luns: one, force: true }, ['force: unknown field']],
      [
        'a name for many',
        { luns: [{ name: 'a', count: 3 }] },
        Array(2).fill('luns[0].count: only one LUN can have a name that is said (got a)'),
      ],
      ['a name twice', { luns: [{ name: 'a' }, { name: 'a' }] }, ['luns[1].name: two LUNs have the same name (got a)']],
      ['a reserved name', { luns: [{ name: 'HD140283', size: '4M' }] }, ['luns: this name is reserved (got HD140283)']],
      [
        'another size for a LUN that is there',
        { luns: [{ name: 'LUN0', size: '1G' }] },
        ['luns[0].size: LUN0 is there with 3072 MiB, and its size is not changed here (got 1024 MiB)'],
      ],
      [
        'a host that is none',
        { luns: one, hosts: ['db'] },
        ['hosts[0]: must be a host of the array: instance-1 (got db)'],
      ],
      ['too many', { luns: [{ size: '4M', count: 251 }] }, ['luns: at most 256 LUNs (got 257)']],
      ['too much', { luns: [{ size: '3G' }] }, [`luns: LUNs must fit in the pool: ${POOL} (got 21504 MiB)`]],
    ])('%s', async (_, input, problems) => {
      await unchanged(await built(), input, ...problems)
    })

    test('LUNs that nobody would see, or that another host has', async () => {
      const lab = await built({ hosts: [{ luns: ['LUN0'] }, { luns: ['LUN1'] }] })

      await unchanged(lab, { luns: one }, 'hosts: must say who may see them: no host of this array sees all LUNs')
      await unchanged(
        lab,
        { luns: [{ name: 'LUN0' }], hosts: ['instance-1', 'instance-2'] },
        'hosts[1]: LUN0 is there already, and this host does not see it (got instance-2)',
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
        'luns: LUNs must fit in what the pool on star0001-ctl1 has free: 64 MiB (got 100 MiB)',
      )
    })

    test('what would not fit in the record', async () => {
      const hosts = ['instance-1', 'instance-2', 'instance-3', 'instance-4', 'instance-5']
      const lab = await built({ disks: { size: '100G' }, hosts: hosts.map(() => ({ luns: ['LUN0'] })) })

      await unchanged(
        lab,
        { luns: [{ size: '4M', count: 200 }], hosts },
        ...[expect.stringMatching(/^\(request\): must fit in its record, at most 7,500 characters when shortened/)],
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
      await unchanged(half, { luns: one }, 'array: it has not been built to its end: star up completes it')
      await unchanged(stopped, { luns: one }, 'array: it is stopped: star start comes first')
    })

    test('a controller that does not answer, once it had time to', async () => {
      const lab = await built()
      Object.assign(lab.machines.machines.get(machine(lab, 1)) ?? {}, { onlineAt: Number.POSITIVE_INFINITY })

      await unchanged(lab, { luns: one }, expect.stringMatching(/^array: star0001-ctl2 does not answer: waited 20 s/))
    })

    test('an instance that is gone', async () => {
      const lab = await built()
      await lab.cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [machine(lab, 1)] }))

      await unchanged(lab, { luns: one }, 'array: there is no instance star0001-ctl2: star up makes it anew')
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
        'array: the pool is active on both controllers at once: stop one of them before anything else',
      )
      say.active = false
      await unchanged(lab, { luns: one }, 'array: the pool is active on no controller')
    })
  })
}
