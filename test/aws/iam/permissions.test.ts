/** What functions, machines and nodes do, held against their roles by a simulation of IAM: docs/permissions.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { permissions, type Statement } from '../../../infra/aws/permissions.ts'
import { temporaryFolder } from '../../temporary.ts'
import { type Deployed, place } from '../template.ts'
import { type Authorization, questionsOf } from './authorizations.ts'
import { deniedIn } from './call-log.ts'
import { allowedElsewhere, idle, lessened, superfluous } from './changes.ts'
import { allowedBy, deniedBy } from './policies.ts'
import { record } from './recording.ts'
import { callsOfLambda, callsOfStepFunctions } from './service-calls.ts'
import { functionNames, policyOf, synthesized } from './stack.ts'

interface Role {
  policy: Statement[]
  /** What is done with it. */
  asked: Authorization[]
}
type Roles = Map<string, Role>

// The first of them that needs it runs every operation.
vi.setConfig({ testTimeout: 120_000 })

let stack: Deployed
beforeAll(() => {
  stack = synthesized()
})

let recorded: Promise<Roles> | undefined
function functions(): Promise<Roles> {
  recorded ??= record().then(calls => {
    const questions = questionsOf(calls)
    return new Map(
      [...stack.all('AWS::Lambda::Function').values()].map(lambda => {
        const name = lambda.FunctionName.replace('star-', '')
        const asked = [...(questions.get(name) ?? []), ...callsOfLambda(stack, lambda)]
        return [name, { policy: policyOf(stack, lambda.Role), asked }]
      }),
    )
  })
  return recorded
}

async function role(name: string): Promise<Role> {
  const found = (await functions()).get(name)
  if (!found) throw new Error(`no function ${name}`)
  return found
}

const machines = (): Roles =>
  new Map(
    [...stack.all('AWS::StepFunctions::StateMachine').values()].map(machine => {
      const asked = callsOfStepFunctions(machine)
      return [machine.StateMachineName, { policy: policyOf(stack, machine.RoleArn), asked }]
    }),
  )

/** What comes of each role, with its name. */
async function ofEach<T>(roles: Roles, work: (policy: Statement[], asked: Authorization[]) => Promise<T[]>) {
  const found: [string, T][] = []
  for (const [name, { policy, asked }] of roles) {
    for (const answer of await work(policy, asked)) found.push([name, answer])
  }
  return found
}

test('the table has a line for each function, and no other', () => {
  expect(Object.keys(permissions).sort()).toEqual(functionNames)
})

test('every role of the stack is looked at here', () => {
  const [node] = stack.one('AWS::IAM::InstanceProfile').Roles
  const used = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine', 'AWS::Scheduler::Schedule']
    .flatMap(type => [...stack.all(type).values()])
    .map(it => (it.Role ?? it.RoleArn ?? it.Target.RoleArn).split('/').at(-1))
  expect([...stack.all('AWS::IAM::Role').keys()].sort()).toEqual([...new Set([...used, node])].sort())
})

describe('of all that functions do', () => {
  test('each call is allowed', async () => {
    expect(await ofEach(await functions(), deniedBy)).toEqual([])
  })

  test('none is allowed on what is not ours', async () => {
    expect(await ofEach(await functions(), allowedElsewhere)).toEqual([])
  })

  test('each action and each resource that is allowed is in use', async () => {
    expect(await ofEach(await functions(), superfluous)).toEqual([])
  })

  test('each condition holds something off', async () => {
    expect(await ofEach(await functions(), idle)).toEqual([])
  })
})

describe('it is noticed', () => {
  const extra = (action: string): Statement => ({ Effect: 'Allow', Action: [action], Resource: ['*'] })

  test('when a permission is missing', async () => {
    const { policy, asked } = await role('make-resources')
    const less = lessened(policy).find(({ what }) => what.startsWith('ec2:AttachVolume on'))

    const denied = await deniedBy(less?.policy ?? policy, asked)
    expect([...new Set(denied.map(({ action }) => action))]).toEqual(['ec2:AttachVolume'])
  })

  test.each(['ec2:TerminateInstances', 'ec2:Describe*', '*'])('when there is one too many: %s', async action => {
    const { policy, asked } = await role('plan-trust')

    expect(await superfluous([...policy, extra(action)], asked)).toContain(`${action} on *`)
  })

  test('when a permission reaches too far', async () => {
    const { policy, asked } = await role('reboot-instance')

    const reached = await allowedElsewhere([...policy, extra('ec2:RebootInstances')], asked)
    const resources = reached.map(({ resource }) => resource)
    expect(resources).toContainEqual(expect.stringMatching(/^arn:aws:ec2:ap-northeast-1:999988887777:instance/))
    expect(resources).toContainEqual(expect.stringMatching(/^arn:aws:ec2:us-east-1:111122223333:instance/))
  })
})

test.each([
  ['tidy-images', 'image', 'array'],
  ['create-image', 'image', 'array'],
  ['remove-resources', 'array', 'image'],
  ['stop-nodes', 'array', 'image'],
])('%s, whose things carry star:%s, can change none that carries star:%s', async (name, own, other) => {
  const { policy, asked } = await role(name)
  const tagged = asked.filter(({ context }) => Object.keys(context).some(key => key.endsWith(`Tag/star:${own}`)))
  const others = tagged.map(
    question =>
      JSON.parse(JSON.stringify(question).replaceAll(`Tag/star:${own}`, `Tag/star:${other}`)) as Authorization,
  )

  expect(others.length).toBeGreaterThan(0)
  expect(await allowedBy(policy, others)).toEqual([])
})

test('a log of calls is held against the same roles', async () => {
  const file = join(temporaryFolder('calls'), 'calls.jsonl')
  const call = { command: 'StopInstances', input: { InstanceIds: ['i-1'] }, tags: { 'i-1': { 'star:array': 'a1' } } }
  const lines = ['stop-nodes', 'start-nodes'].map(name => JSON.stringify({ function: name, ...call }))
  writeFileSync(file, `${lines.join('\n')}\n`)

  expect(await deniedIn(file, stack)).toEqual([
    ['start-nodes', expect.objectContaining({ action: 'ec2:StopInstances' })],
  ])
})

test('images are those of their makers, or of this account', async () => {
  const { policy, asked } = await role('make-resources')
  const [image] = asked.filter(({ resource }) => resource.includes(':image/'))
  const of = (owner: string) => ({ ...image, context: { ...image?.context, 'ec2:Owner': owner } }) as Authorization

  expect(await deniedBy(policy, [of('792107900819'), of(place.account)])).toEqual([])
  expect(await deniedBy(policy, [of('999988887777')])).toHaveLength(1)
})

describe('a machine', () => {
  test('may do what its definition says, and nothing else', async () => {
    expect(await ofEach(machines(), deniedBy)).toEqual([])
    expect(await ofEach(machines(), superfluous)).toEqual([])
    expect(await ofEach(machines(), allowedElsewhere)).toEqual([])
  })

  test('may call and start none of the stack’s functions and machines that it does not name', async () => {
    const account = `${place.region}:${place.account}`
    const all: Authorization[] = [
      ...functionNames.map(name => ['lambda:InvokeFunction', `arn:aws:lambda:${account}:function:star-${name}`]),
      ...[...machines().keys()].map(name => [
        'states:StartExecution',
        `arn:aws:states:${account}:stateMachine:${name}`,
      ]),
    ].map(([action = '', resource = '']) => ({ action, resource, context: {} }))
    const resources = async (work: Promise<Authorization[]>) => (await work).map(({ resource }) => resource).sort()

    for (const [name, { policy, asked }] of machines()) {
      const named = asked.filter(({ action }) => ['lambda:InvokeFunction', 'states:StartExecution'].includes(action))
      expect(await resources(allowedBy(policy, all)), name).toEqual(await resources(Promise.resolve(named)))
    }
  })
})

test('a timer may call what it is there for', async () => {
  const targets = [...stack.all('AWS::Scheduler::Schedule').values()].map(({ Target }) => Target)
  const policy = policyOf(stack, targets[0].RoleArn)
  const asked = targets.map(({ Arn }) => ({ action: 'lambda:InvokeFunction', resource: Arn, context: {} }))

  expect(await deniedBy(policy, asked)).toEqual([])
  expect(await superfluous(policy, asked)).toEqual([])
  expect(await allowedElsewhere(policy, asked)).toEqual([])
})

const controllerArn = (n: number) => `arn:aws:ec2:${place.region}:${place.account}:instance/i-0123456789abcdef${n}`

/** What fence_aws asks, as instance 1, of an instance with the tag that says who may fence it. */
function fencing(target = controllerArn(2), fencedBy: string | undefined = controllerArn(1)): Authorization[] {
  const asker = { 'aws:RequestedRegion': place.region, 'ec2:SourceInstanceARN': controllerArn(1) }
  const context = { ...asker, ...(fencedBy !== undefined && { 'ec2:ResourceTag/star:fenced-by': fencedBy }) }
  return [
    { action: 'ec2:DescribeInstances', resource: '*', context: asker },
    ...['ec2:StopInstances', 'ec2:StartInstances'].map(action => ({ action, resource: target, context })),
  ]
}

describe('a controller may', () => {
  const ofNode = () => policyOf(stack, stack.one('AWS::IAM::InstanceProfile').Roles[0])
  const changes = (asked: Authorization[]) => asked.filter(({ action }) => action !== 'ec2:DescribeInstances')

  test('stop and start its partner, which says so by its tag', async () => {
    expect(await deniedBy(ofNode(), fencing())).toEqual([])
  })

  test.each([
    ['itself, which its partner may', controllerArn(1), controllerArn(2)],
    ['a controller of another array', controllerArn(4), controllerArn(3)],
    ['what says nothing of it, as a host', controllerArn(5), ''],
    [
      'an instance of another account that names it',
      controllerArn(2).replace(place.account, '999988887777'),
      controllerArn(1),
    ],
  ])('not stop %s', async (_, target, fencedBy) => {
    expect(await allowedBy(ofNode(), changes(fencing(target, fencedBy)))).toEqual([])
  })

  test('neither reboot nor terminate anything', async () => {
    const others = changes(fencing()).flatMap(it =>
      ['ec2:RebootInstances', 'ec2:TerminateInstances'].map(action => ({ ...it, action })),
    )
    expect(await allowedBy(ofNode(), others)).toEqual([])
  })
})

test('a node’s agent may take commands and sessions, and nothing of the account but what fences its partner', async () => {
  const on = (action: string, resource = '*'): Authorization => ({
    ...{ action, resource, context: { 'aws:RequestedRegion': place.region } },
  })
  const calls = {
    ssmmessages: ['CreateControlChannel', 'OpenControlChannel', 'CreateDataChannel', 'OpenDataChannel'],
    ec2messages: ['AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages', 'SendReply'],
  }
  const asked = [
    on('ssm:UpdateInstanceInformation', `arn:aws:ec2:${place.region}:${place.account}:instance/i-0123456789abcdef0`),
    ...Object.entries(calls).flatMap(([service, names]) => names.map(name => on(`${service}:${name}`))),
    ...fencing(),
  ]
  const policy = policyOf(stack, stack.one('AWS::IAM::InstanceProfile').Roles[0])

  expect(await deniedBy(policy, asked)).toEqual([])
  expect(await superfluous(policy, asked)).toEqual([])
  expect(await allowedElsewhere(policy, asked)).toEqual([])
})
