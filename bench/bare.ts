/** Running machines with their shared disks and nothing set up: where a build by hand begins. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { handler as checkRequest } from '../functions/check-request.ts'
import { handler as findPlace } from '../functions/find-place.ts'
import { contextOf } from '../infra/local/engine-tasks.ts'
import { openLocal } from '../infra/local/local.ts'
import { executionArn } from '../infra/local/sfn.ts'
import { type Machines, openMachines } from './array-faults/machines.ts'
import { waitFor } from './wait.ts'

/** Those of the request, as `star up` makes them: it takes them for its own. Comes back when all of them are calm. */
export async function bareMachines(home: string, wanted: { array: string }): Promise<Machines> {
  const local = await openLocal({ home })
  await local.prepare()
  const context = (name: string) => contextOf(name, name) as unknown as Context
  const request = await checkRequest({ request: wanted }, context('check-request'))
  const place = await findPlace({ request }, context('find-place'))
  const execution = executionArn('provision-array', 'bare')
  const made = await local.run('create-resources', { request, place, execution }, {})
  await local.close()
  if (made.status !== 'SUCCEEDED') throw new Error(`machines were not made: ${made.cause}`)
  const machines = await openMachines(home, wanted.array)
  for (const node of [...machines.controllers, ...machines.hosts]) {
    await waitFor(`${node.name} to have booted`, 180, async () => (await machines.run(node, 'echo up')) !== '', 1)
  }
  await sleep(10_000)
  return machines
}
