/** Each AWS call that functions make, held against their permissions by a simulation of IAM: docs/permissions.md. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeStatements, permissions, type Statement, statementsOf } from '../../../infra/aws/permissions.ts'
import { account, region } from '../../../infra/local/ec2-network.ts'
import { type Authorization, questionsOf } from './authorizations.ts'
import { foreign } from './foreign.ts'
import { allowedBy, type Changed, deniedBy, lessened, loosened } from './policies.ts'
import { record } from './recording.ts'

const place = { partition: 'aws', region, account }
const functions = readdirSync(join(import.meta.dirname, '../../../functions'))
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replace('.ts', ''))

let recording: Promise<Map<string, Authorization[]>> | undefined
/** What IAM is asked, by function; each question once, however many ids it was asked about. */
async function questions(): Promise<Map<string, Authorization[]>> {
  recording ??= record().then(calls => questionsOf(calls, place))
  return await recording
}

/** What comes of the questions of each function. */
async function ofEach<T>(work: (policy: Statement[], asked: Authorization[]) => Promise<T[]>): Promise<[string, T][]> {
  const found: [string, T][] = []
  for (const [name, asked] of await questions()) {
    for (const answer of await work(statementsOf(name, place), asked)) found.push([name, answer])
  }
  return found
}

const denied = (policy: Statement[], asked: Authorization[]) => deniedBy(policy, asked, place)
const allowedElsewhere = (policy: Statement[], asked: Authorization[]) =>
  allowedBy(policy, asked.flatMap(foreign), place)

/** Parts of a policy without which all that was asked for would be allowed, too. */
const superfluous = (policy: Statement[], asked: Authorization[]) =>
  unnoticed(lessened(policy), ({ policy: less, concerns }) => denied(less, asked.filter(concerns)))
/** Conditions without which nothing more would be allowed. */
const idle = (policy: Statement[], asked: Authorization[]) =>
  unnoticed(loosened(policy), ({ policy: less, concerns }) => allowedElsewhere(less, asked.filter(concerns)))

async function unnoticed(changes: Changed[], noticing: (changed: Changed) => Promise<unknown[]>): Promise<string[]> {
  const found: string[] = []
  for (const changed of changes) if ((await noticing(changed)).length === 0) found.push(changed.what)
  return found
}

test('the table has a line for each function, and no other', () => {
  expect(Object.keys(permissions).sort()).toEqual(functions.sort())
})

describe('of all calls that functions make', { timeout: 60_000 }, () => {
  test('each is allowed', async () => {
    expect(await ofEach(denied)).toEqual([])
  })

  test('none is allowed on what is not ours', async () => {
    expect(await ofEach(allowedElsewhere)).toEqual([])
  })

  test('each action and each resource that is allowed is in use', async () => {
    expect(await ofEach(superfluous)).toEqual([])
  })

  test('each condition holds something off', async () => {
    expect(await ofEach(idle)).toEqual([])
  })
})

describe('it is noticed', () => {
  const extra = (Action: string, Resource = '*'): Statement => ({
    Effect: 'Allow',
    Action: [Action],
    Resource: [Resource],
  })

  test('when a permission is missing', async () => {
    const asked = (await questions()).get('attach-disk') ?? []
    const policy = statementsOf('attach-disk', place)
    const less = lessened(policy).find(({ what }) => /^ec2:AttachVolume on/.test(what))?.policy ?? []

    expect(new Set((await denied(less, asked)).map(({ action }) => action))).toEqual(new Set(['ec2:AttachVolume']))
  })

  test.each(['ec2:TerminateInstances', 'ec2:Describe*', '*'])('when there is one too many: %s', async action => {
    const asked = (await questions()).get('plan-trust') ?? []
    const policy = [...statementsOf('plan-trust', place), extra(action)]

    expect(await superfluous(policy, asked)).toContain(`${action} on *`)
  })

  test('when a permission reaches too far', async () => {
    const asked = (await questions()).get('reboot-instance') ?? []
    const policy = [...statementsOf('reboot-instance', place), extra('ec2:RebootInstances')]

    const resources = (await allowedElsewhere(policy, asked)).map(({ resource }) => resource)
    expect(resources).toContainEqual(expect.stringMatching(/^arn:aws:ec2:ap-northeast-1:111122223333:instance/))
    expect(resources).toContainEqual(expect.stringMatching(/^arn:aws:ec2:us-east-1:000000000000:instance/))
  })
})

test('images are those of their makers, or of this account', async () => {
  const asked = (await questions()).get('create-instance')?.filter(({ resource }) => /:image\//.test(resource)) ?? []
  const published = asked.map(question => ({
    ...question,
    context: { ...question.context, 'ec2:Owner': '792107900819' },
  }))

  expect(published).toHaveLength(1)
  expect(await denied(statementsOf('create-instance', place), published)).toEqual([])
})

test('a node’s agent may take commands and sessions, and nothing of the account', async () => {
  const on = (action: string, resource = '*'): Authorization => ({
    ...{ action, resource, context: { 'aws:RequestedRegion': region } },
  })
  const agent = [
    on('ssm:UpdateInstanceInformation', `arn:aws:ec2:${region}:${account}:instance/i-0123456789abcdef0`),
    ...['CreateControlChannel', 'OpenControlChannel', 'CreateDataChannel', 'OpenDataChannel'].map(call =>
      on(`ssmmessages:${call}`),
    ),
    ...['AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages', 'SendReply'].map(call =>
      on(`ec2messages:${call}`),
    ),
  ]
  const policy = nodeStatements(place)

  expect(await denied(policy, agent)).toEqual([])
  expect(await superfluous(policy, agent)).toEqual([])
  expect(await allowedElsewhere(policy, agent)).toEqual([])
})
