/** What every operation owes to whoever started it, however its beginning and its end go. */
import { expect, test } from 'vitest'
import { breaker, openLab } from './array-lab.ts'
import { failing, type Lab, type LabOptions } from './lab.ts'

type Open = (options: LabOptions) => Promise<() => ReturnType<Lab['run']>>

/** `open` builds an array and returns what starts the operation on it. */
export function locksAndEnds(workflow: string, open: Open): void {
  test('a lock that somebody else is writing is tried again', async () => {
    const fault = breaker()
    const run = await open({
      faults: { PutParameter: () => (fault.trips() ? failing('TooManyUpdates')() : undefined) },
    })
    fault.arm(1)

    expect(await run()).toMatchObject({ status: 'SUCCEEDED', output: { array: 'star0001', changed: true } })
  })

  test('an end that cannot be told is no success', async () => {
    let broken = false
    const run = await open({ faults: { PutEvents: () => (broken ? failing('InternalException')() : undefined) } })
    broken = true

    expect(await run()).toMatchObject({ error: 'InternalException' })
  })

  test('where even the end cannot be reported, the failure itself is', async () => {
    const lab = openLab({ crashes: { 'end-operation': failing('Lambda.Unknown') } })

    expect(await lab.run(workflow, { array: 'x1', now: 1 })).toMatchObject({ error: 'RequestRejected' })
  })
}
