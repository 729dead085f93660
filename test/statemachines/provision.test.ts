import { expect, test } from 'vitest'
import { openLab } from './lab.ts'

test('{} builds the reference array and proves it', async () => {
  const lab = openLab()

  const result = await lab.run('provision-array', {})

  if (result.status !== 'SUCCEEDED')
    console.log(
      result,
      lab.events.filter(e => e.error).map(e => [e.machine, e.state, e.error, e.cause?.slice(0, 300)]),
    )
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: { array: 'star0001', changed: true } })
})
