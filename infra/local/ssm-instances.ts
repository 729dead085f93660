import {
  DescribeInstanceInformationCommand,
  type DescribeInstanceInformationCommandInput,
  InvalidInstanceId,
  InvalidInstanceInformationFilterValue,
  InvalidNextToken,
} from '@aws-sdk/client-ssm'
import { changeInstance, type InstanceRecord } from './ec2-records.ts'
import { refused, ssmValidation } from './errors.ts'
import { type Cloud, type Route, route } from './route.ts'
import { settle } from './settle.ts'

/** Which instances Systems Manager knows: those whose agent has answered once, and that are not gone. */

/** Asks the agent, and remembers its first answer. */
export async function online(cloud: Cloud, instance: InstanceRecord): Promise<boolean> {
  const { store, driver } = cloud
  if (instance.state !== 'running' || !(await driver.ping(instance.id))) return false
  if (!instance.registered) {
    changeInstance(store, instance.id, now => {
      now.registered = true
    })
  }
  return true
}

async function describe(cloud: Cloud, input: DescribeInstanceInformationCommandInput) {
  const { MaxResults = 50 } = input
  if (MaxResults < 5 || MaxResults > 50) throw ssmValidation(`MaxResults ${MaxResults} is not between 5 and 50`)
  const wanted = filterOf(input)
  await settle(cloud)
  const candidates = cloud.store
    .list<InstanceRecord>('instance')
    .filter(({ state, id }) => !['terminated', 'shutting-down'].includes(state) && wanted(id))
  const seen = await Promise.all(candidates.map(async instance => ({ instance, on: await online(cloud, instance) })))
  const found = seen.filter(({ instance, on }) => on || instance.registered)
  const from = Number(input.NextToken ?? 0)
  if (!Number.isInteger(from)) throw new InvalidNextToken({ ...refused, message: 'The specified token is not valid.' })
  return {
    InstanceInformationList: found.slice(from, from + MaxResults).map(({ instance, on }) => ({
      InstanceId: instance.id,
      PingStatus: on ? ('Online' as const) : ('ConnectionLost' as const),
      LastPingDateTime: new Date(cloud.clock.now()),
      AgentVersion: '3.3.0.0',
      PlatformType: 'Linux' as const,
      PlatformName: 'Debian GNU/Linux',
      PlatformVersion: '12',
      ResourceType: 'EC2Instance' as const,
      IPAddress: instance.address,
    })),
    NextToken: from + MaxResults < found.length ? String(from + MaxResults) : undefined,
  }
}

/** Only the filter by instance id is known here, in both of its spellings. */
function filterOf({ Filters = [], InstanceInformationFilterList = [] }: DescribeInstanceInformationCommandInput) {
  const filters = [
    ...Filters.map(({ Key, Values }) => ({ key: Key, values: Values })),
    ...InstanceInformationFilterList.map(({ key, valueSet }) => ({ key, values: valueSet })),
  ]
  for (const { key, values = [] } of filters) {
    if (key !== 'InstanceIds') {
      throw new InvalidInstanceInformationFilterValue({
        ...refused,
        message: `The local cloud does not know the filter ${key}`,
      })
    }
    for (const id of values) {
      if (!/^i-[0-9a-f]{8,17}$/.test(id))
        throw new InvalidInstanceId({ ...refused, message: `${id} is not an instance id` })
    }
  }
  return (id: string) => filters.every(({ values }) => values?.includes(id))
}

export const managedInstanceRoutes: Route[] = [route(DescribeInstanceInformationCommand, describe)]
