/** Trouble that an addition comes through, or tells of. Part of add-luns.test.ts. */
import { describe, expect, test } from 'vitest'
import { add, built, look, machine, openLab } from './add-luns-lab.ts'
import { failing, type Lab } from './lab.ts'

export function comingThrough(): void {
  describe('on the way', () => {
    test('an array whose power failed as a whole is started, too', async () => {
      const lab = await built()
      for (const id of lab.machines.machines.keys()) lab.machines.cut(id)

      expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
      expect(await look(lab)).toMatchObject({ healthy: true, power: 'running' })
    })

    test('nodes that a power cut or a half stop left off are started first', async () => {
      const capacity = { left: 1 }
      const lab = await built(
        {},
        {
          faults: {
            StartInstances: () => (capacity.left-- > 0 ? failing('InsufficientInstanceCapacity')() : undefined),
          },
        },
      )
      lab.machines.cut(machine(lab, 1))
      lab.machines.cut(machine(lab, 2))

      expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
      expect(await look(lab)).toMatchObject({ healthy: true, power: 'running' })
    })

    test('paths that come late are waited for; paths that never come fail it, and say which', async () => {
      const late = { looks: 0 }
      const lab: Lab = await built(
        {},
        {
          replies: {
            'inspect-host': machine => {
              if (late.looks-- <= 0) return undefined
              const { stdout = '' } = lab.nodes.reply('STAR-inspect-host', {}, machine)
              return { stdout: stdout.replace('"active"', '"failed"') }
            },
          },
        },
      )

      late.looks = 3
      expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
      late.looks = Number.POSITIVE_INFINITY
      const failed = await add(lab)

      expect(failed).toMatchObject({ status: 'FAILED', error: 'VerificationFailed' })
      expect(failed.cause).toContain('instance-1: the path of LUN0 through star0001-ctl1 is failed')
    })

    test.each([
      ['start-nodes', 1],
      ['plan-documents', 1],
      ['assess-array', 1],
      ['assess-array', 2],
      ['complete-addition', 1],
      ['check-input', 1],
    ])(
      'a function that crashes once (%s, call %i) is called again; again and again, it is the cause',
      async (name, call) => {
        const crash = { from: 0, times: 0, calls: 0 }
        const crashes = () => {
          crash.calls++
          const now = crash.calls >= crash.from && crash.calls < crash.from + crash.times
          if (now) failing('Lambda.Unknown', 'it crashed')()
        }
        const lab = await built({}, { crashes: { [name]: crashes } })
        const addWith = async (times: number) => {
          if (name === 'start-nodes') lab.machines.cut(machine(lab, 1))
          Object.assign(crash, { from: call, times, calls: 0 })
          return await add(lab)
        }

        const failed = await addWith(Number.POSITIVE_INFINITY)

        expect(failed).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown', cause: 'it crashed' })
        expect(lab.cloud.store.list<{ name: string }>('parameter').map(({ name }) => name)).toEqual(['/star/star0001'])
        Object.assign(crash, { times: 0 })
        expect(await lab.run('start-array', { array: 'star0001' })).toMatchObject({ status: 'SUCCEEDED' })
        expect(await addWith(1)).toMatchObject({ status: 'SUCCEEDED' })
      },
    )
  })

  describe('at the end', () => {
    test('an event that cannot be sent, or a failure that cannot be reported, hides no cause', async () => {
      const silent = await built(
        {},
        { faults: { PutEvents: (_, count) => (count > 1 ? failing('InternalException', 'no bus')() : undefined) } },
      )
      const broken = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

      expect(await add(silent)).toMatchObject({
        error: 'InternalException',
        cause: 'no bus\nand then the event could not be sent: InternalException: no bus',
      })
      expect(await add(broken, { luns: [] })).toMatchObject({ status: 'FAILED', error: 'RequestRejected' })
    })

    test('a lock that somebody else is writing is tried again', async () => {
      const contended = { left: 0 }
      const lab = await built(
        {},
        { faults: { PutParameter: () => (contended.left-- > 0 ? failing('TooManyUpdates')() : undefined) } },
      )
      contended.left = 1

      expect(await add(lab)).toMatchObject({ status: 'SUCCEEDED' })
    })
  })
}
