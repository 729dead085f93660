/** The stack on AWS as the cloud of a command: workflows run there, and are followed from here. */
import { ListStateMachinesCommand, type ListStateMachinesCommandOutput } from '@aws-sdk/client-sfn'
import { sfn } from '../../functions/shared/clients/sfn.ts'
import type { Operation } from '../../functions/shared/operations.ts'
import { startOperation } from '../../functions/shared/start-operation.ts'
import type { Cloud, HowToRun } from '../cloud.ts'
import { Mistake } from '../failure.ts'
import { follow } from './follow.ts'
import { linksOf } from './links.ts'
import { explained } from './refusals.ts'
import type { End } from './translate.ts'

/** Its name in infra/aws. */
const BUS = 'star'

export async function withAws<T>(work: (cloud: Cloud) => Promise<T>): Promise<T> {
  try {
    await findStack()
    return await work(aws)
  } catch (error) {
    throw explained(error)
  }
}

/** Where to look in the console first, then the steps. */
export async function followShown(executionArn: string, { onEvent = () => {}, signal, note }: HowToRun): Promise<End> {
  note?.(`console: ${linksOf(executionArn, undefined).execution ?? executionArn}`)
  return await follow(executionArn, onEvent, signal)
}

const aws: Cloud = {
  /** The output also says where in the console to look. */
  async run(machine, input, how) {
    const { executionArn } = await startOperation(machine as Operation, input)
    const { status, output, error, cause } = await followShown(executionArn, how)
    const { array } = { ...(input as { array?: string }), ...(output as { array?: string }) }
    const links = linksOf(executionArn, machine === 'teardown-array' ? undefined : array)
    if (links.instances) how.note?.(`instances: ${links.instances}`)
    const told = status === 'SUCCEEDED' ? { ...(output as object), console: links } : output
    return { status, executionArn, output: told, error, cause }
  },
  async clear() {},
}

/** What the stack tells its functions by their environment is found by the name of one of its machines. */
async function findStack(): Promise<void> {
  const arn = await provisionArn()
  if (arn === undefined) {
    throw new Mistake(
      'STAR is not deployed in this account and region. docs/deploy.md says how; --region names another',
    )
  }
  Object.assign(process.env, {
    AWS_REGION: arn.split(':')[3],
    STAR_STATE_MACHINE_PREFIX: arn.slice(0, -'provision-array'.length),
    STAR_EVENT_BUS: BUS,
  })
}

async function provisionArn(): Promise<string | undefined> {
  let nextToken: string | undefined
  do {
    const page: ListStateMachinesCommandOutput = await sfn().send(
      new ListStateMachinesCommand({ maxResults: 1_000, nextToken }),
    )
    const found = page.stateMachines?.find(({ name }) => name === 'provision-array')
    if (found) return found.stateMachineArn
    nextToken = page.nextToken
  } while (nextToken)
  return undefined
}
