/** Asks a simulation of IAM what policies allow. */
import { runSimulation } from '@cloud-copilot/iam-simulate'
import type { Statement } from '../../../infra/aws/permissions.ts'
import { place } from '../template.ts'
import type { Authorization } from './authorizations.ts'

/**
 * By the identity's policy alone: no resource here has one of its own. Throws where IAM does not know the action, or the
 * action does not know the resource or a condition key: then the question is wrong, whatever the answer.
 */
async function isAllowed(policy: Statement[], { action, resource, context }: Authorization): Promise<boolean> {
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

async function split(policy: Statement[], asked: Authorization[], allowed: boolean): Promise<Authorization[]> {
  const answers = await Promise.all(asked.map(question => isAllowed(policy, question)))
  return asked.filter((_, i) => answers[i] === allowed)
}
export const deniedBy = (policy: Statement[], asked: Authorization[]) => split(policy, asked, false)
export const allowedBy = (policy: Statement[], asked: Authorization[]) => split(policy, asked, true)
