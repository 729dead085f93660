/** Asks a simulation of IAM what policies allow, and what becomes of that when they say a little less or more. */
import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { Place, Statement } from '../../../infra/aws/permissions.ts'
import type { Authorization } from './authorizations.ts'

/**
 * By the identity's policy alone: no resource here has one of its own. Throws where IAM does not know the action, or the
 * action does not know the resource or a condition key: then the question is wrong, whatever the answer.
 */
export async function isAllowed(policy: Statement[], { action, resource, context }: Authorization, place: Place) {
  const policies = policy.length > 0 ? [{ name: 'policy', policy: { Version: '2012-10-17', Statement: policy } }] : []
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:${place.partition}:iam::${place.account}:role/star`,
        ...{ action, resource: { resource, accountId: place.account }, contextVariables: context },
      },
      ...{ identityPolicies: policies, serviceControlPolicies: [], resourceControlPolicies: [] },
    },
    {},
  )
  const about = `${action} on ${resource}`
  if (answer.resultType === 'error') throw new Error(`${about}: ${JSON.stringify(answer.errors)}`)
  const results = answer.resultType === 'single' ? [answer.result] : answer.results
  const ignored = results.flatMap(({ ignoredContextKeys = [] }) => ignoredContextKeys)
  if (ignored.length > 0) throw new Error(`${about} does not know ${ignored.join(', ')}`)
  return answer.overallResult === 'Allowed'
}

async function split(policy: Statement[], asked: Authorization[], place: Place, allowed: boolean) {
  const answers = await Promise.all(asked.map(question => isAllowed(policy, question, place)))
  return asked.filter((_, i) => answers[i] === allowed)
}
export const deniedBy = (policy: Statement[], asked: Authorization[], place: Place) =>
  split(policy, asked, place, false)
export const allowedBy = (policy: Statement[], asked: Authorization[], place: Place) =>
  split(policy, asked, place, true)

export interface Changed {
  /** What is gone. */
  what: string
  policy: Statement[]
  /** Whether the answer to this question can be another one than before. */
  concerns(question: Authorization): boolean
}

/** One action less, or one resource. */
export function lessened(policy: Statement[]): Changed[] {
  return changed(policy, ({ Action, Resource, ...rest }) => [
    ...Action.map(action => ({
      what: `${action} on ${Resource.join(', ')}`,
      less: { ...rest, Resource, Action: Action.filter(other => other !== action) },
    })),
    ...Resource.map(resource => ({
      what: `${resource} for ${Action.join(', ')}`,
      less: { ...rest, Action, Resource: Resource.filter(other => other !== resource) },
    })),
  ])
}

/** One condition less. */
export function loosened(policy: Statement[]): Changed[] {
  return changed(policy, ({ Condition = {}, ...rest }) =>
    Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.keys(keys).map(key => {
        const { [key]: _, ...others } = keys
        const { [operator]: __, ...operators } = Condition
        const less = Object.keys(others).length > 0 ? { ...operators, [operator]: others } : operators
        return {
          what: `${operator} ${key} of ${rest.Action.join(', ')} on ${rest.Resource.join(', ')}`,
          less: Object.keys(less).length > 0 ? { ...rest, Condition: less } : rest,
        }
      }),
    ),
  )
}

function changed(policy: Statement[], ways: (statement: Statement) => { what: string; less: Statement }[]): Changed[] {
  return policy.flatMap((statement, i) =>
    ways(statement).map(({ what, less }) => {
      const left = less.Action.length > 0 && less.Resource.length > 0 ? [less] : []
      const concerns = ({ action }: Authorization) =>
        statement.Action.some(allowed => allowed === action || allowed.includes('*'))
      return { what, policy: policy.toSpliced(i, 1, ...left), concerns }
    }),
  )
}
