/** The same questions about what is not ours. */
import type { Authorization } from './authorizations.ts'

const ACCOUNT = '999988887777'
const REGION = 'us-east-1'

/** What an ARN becomes: another account's, another region's, another thing of this account. */
const elsewhere: [RegExp, string][] = [
  [/(?<=^arn:aws:[a-z0-9]+:[a-z0-9-]*:)\d{12}/, ACCOUNT],
  [/(?<=^arn:aws:[a-z0-9]+:)[a-z0-9-]+(?=:)/, REGION],
  [/parameter\/star/, 'parameter/starship'],
  [/document\/STAR-.*/, 'document/AWS-RunShellScript'],
  [/(?<=:(stateMachine|execution):)[a-z-]+/, 'other-machine'],
  [/event-bus\/.*/, 'event-bus/default'],
  [/role\/.*/, 'role/administrator'],
  [/(?<=log-group:)[^:]+/, 'other-log'],
  [/(?<=:function:).*/, 'other-function'],
  [/(?<=:sqs:.*:)[^:]+$/, 'other-queue'],
  [/rule\/.*/, 'rule/other-rule'],
]

/** Undefined: the request says nothing of it. */
const otherwise: [string, string | undefined][] = [
  ['aws:RequestedRegion', REGION],
  ['ec2:Encrypted', 'false'],
  ['ec2:MetadataHttpTokens', 'optional'],
  ['ec2:MetadataHttpTokens', undefined],
  ['ec2:InstanceProfile', `arn:aws:iam::${ACCOUNT}:instance-profile/star-node-ap-northeast-1`],
  ['ec2:InstanceProfile', undefined],
  ['ec2:Owner', ACCOUNT],
  ['ec2:CreateAction', 'CreateSnapshot'],
  ['ec2:CreateAction', undefined],
  ['iam:PassedToService', 'lambda.amazonaws.com'],
]

/** Whoever allows one of these can do something to what is not the project's. */
export function foreign(question: Authorization): Authorization[] {
  const { resource, context } = question
  const entries = Object.entries(context)
  const untagged = entries.filter(([key]) => !/\/star:(array|image)$/.test(key))
  return [
    ...elsewhere
      .filter(([part]) => part.test(resource))
      .map(([part, other]) => ({
        ...question,
        resource: resource.replace(part, other),
      })),
    ...otherwise
      // An ARN says its region itself.
      .filter(([key]) => key in context && (key !== 'aws:RequestedRegion' || resource === '*'))
      .map(([key, value]) => {
        const { [key]: _, ...others } = context
        return { ...question, context: value === undefined ? others : { ...others, [key]: value } }
      }),
    // Tags that say whose a thing is are given by the call that makes it alone.
    ...(question.action === 'ec2:CreateTags' && !('ec2:CreateAction' in context)
      ? ['star:array', 'Name'].flatMap(key => {
          const { 'aws:RequestTag/star:fenced-by': own = '', ...others } = context
          const other = { ...others, [`aws:RequestTag/${key}`]: 'x' }
          return [
            { ...question, context: { ...other, 'aws:TagKeys': [key] } },
            {
              ...question,
              context: { ...other, 'aws:RequestTag/star:fenced-by': own, 'aws:TagKeys': ['star:fenced-by', key] },
            },
          ]
        })
      : []),
    ...(untagged.length < entries.length ? [{ ...question, context: Object.fromEntries(untagged) }] : []),
  ]
}
