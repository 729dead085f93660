/**
 * What cdk-nag's AwsSolutions rules find and we leave so, each with its reason. A wildcard is explained by the statement
 * it stands in; one that nothing here explains stays a finding, and fails the synthesis and a test.
 */
import { Validations } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Place, Statement } from './permissions.ts'

export function except(construct: Construct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason })
}

/** As cdk-nag writes what is known only to CloudFormation. */
const written: Place = { partition: '<AWS::Partition>', region: '<AWS::Region>', account: '<AWS::AccountId>' }

export function explainWildcards(role: Construct, policies: (place: Place) => Record<string, Statement[]>): void {
  const reasons = new Map<string, Set<string>>()
  for (const statement of Object.values(policies(written)).flat()) {
    for (const resource of statement.Resource.filter(text => text.includes('*'))) {
      const known = reasons.get(resource) ?? new Set()
      reasons.set(resource, known.add(reasonOf(resource, statement) ?? ''))
    }
  }
  // One finding stands for every statement with that resource: each of them has to be explained.
  for (const [resource, why] of reasons) {
    if (!why.has('')) except(role, `IAM5[Resource::${resource}]`, [...why].join(' '))
  }
}

function reasonOf(resource: string, statement: Statement): string | undefined {
  return explanations.find(({ holds }) => holds(resource, statement))?.reason
}

interface Explanation {
  holds: (resource: string, statement: Statement) => boolean
  reason: string
}

/** One of our tags has to be there: on the thing itself, or in the call that makes it. */
const needsTag = ({ Condition }: Statement, where: RegExp) =>
  Object.entries(Condition?.Null ?? {}).some(([key, absent]) => where.test(key) && absent === 'false')
const only = ({ Action }: Statement, pattern: RegExp) => Action.every(action => pattern.test(action))
const ends = (end: string) => (resource: string) => resource.endsWith(end)

const explanations: Explanation[] = [
  {
    holds: (_, statement) => needsTag(statement, /^(aws|ssm):resourceTag\/star:/i),
    reason: 'AWS chooses the ids; only what carries the project’s tag is meant.',
  },
  {
    holds: (_, statement) => needsTag(statement, /^aws:RequestTag\/star:/),
    reason: 'What is being made has no id yet; the call itself has to give it the project’s tag.',
  },
  {
    holds: (resource, statement) =>
      resource === '*' &&
      statement.Condition?.StringEquals?.['aws:RequestedRegion'] === written.region &&
      only(statement, /^(ec2:Describe|ssm:(Describe|Get)|ssmmessages:|ec2messages:)/),
    reason: 'These calls know no resources; they are bound to the region.',
  },
  {
    holds: (resource, statement) => resource === '*' && only(statement, /^xray:(Put|GetSampling)/),
    reason: 'X-Ray knows no resources for what is sent to it.',
  },
  {
    holds: (resource, statement) =>
      resource === '*' && only(statement, /^logs:(\w+LogDeliver|\w+Polic|DescribeLogGroups)/),
    reason: 'CloudWatch’s log delivery, by which Step Functions writes its log, knows no resources.',
  },
  {
    holds: (resource, statement) =>
      resource.endsWith(':image/*') && 'ec2:Owner' in (statement.Condition?.StringEquals ?? {}),
    reason: 'Images of Rocky Linux’s makers and of this account alone; each release is a new one.',
  },
  {
    holds: (resource, statement) =>
      /:(vpc|subnet|network-interface)\/\*$/.test(resource) &&
      only(statement, /^ec2:(RunInstances|CreateSecurityGroup)$/),
    reason: 'The request says in which subnet; nothing there is changed but for what is being made.',
  },
  {
    holds: (resource, statement) =>
      resource.endsWith(':instance/*') && only(statement, /^ssm:UpdateInstanceInformation$/),
    reason: 'One role for all nodes; Systems Manager lets an agent speak for its own instance alone.',
  },
  {
    holds: (_, { Condition }) => 'ec2:ResourceTag/star:fenced-by' in (Condition?.StringEquals ?? {}),
    reason: 'The partner’s id is known only once it is there; its tag has to name the instance that asks.',
  },
  { holds: ends(':document/STAR-*'), reason: 'The documents of this project, by their names.' },
  { holds: resource => /:parameter\/star\/\*/.test(resource), reason: 'Records and locks are named after arrays.' },
  {
    holds: (resource, statement) => /:execution:[\w-]+:\*$/.test(resource) && only(statement, /^states:/),
    reason: 'Executions of this one machine; whoever starts one names it.',
  },
  {
    holds: resource => /:log-group:[\w/-]+:\*$/.test(resource),
    reason: 'Streams of the function’s own log group; Lambda names them.',
  },
]
