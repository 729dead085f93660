/** What becomes of a policy's answers when it says a little less. */
import type { Statement } from '../../../infra/aws/permissions.ts'
import type { Authorization } from './authorizations.ts'
import { foreign } from './foreign.ts'
import { allowedBy, deniedBy } from './policies.ts'

/** What is allowed though it is not ours. */
export const allowedElsewhere = (policy: Statement[], asked: Authorization[]) =>
  allowedBy(policy, asked.flatMap(foreign))

/** Actions and resources without which all that was asked for would be allowed, too. */
export const superfluous = (policy: Statement[], asked: Authorization[]) =>
  unnoticed(lessened(policy), ({ policy: less, concerns }) => deniedBy(less, asked.filter(concerns)))

/** Conditions without which nothing more would be allowed. */
export const idle = (policy: Statement[], asked: Authorization[]) =>
  unnoticed(loosened(policy), ({ policy: less, concerns }) => allowedElsewhere(less, asked.filter(concerns)))

async function unnoticed(changes: Changed[], noticing: (changed: Changed) => Promise<unknown[]>): Promise<string[]> {
  const found: string[] = []
  for (const changed of changes) if ((await noticing(changed)).length === 0) found.push(changed.what)
  return found
}

interface Changed {
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
function loosened(policy: Statement[]): Changed[] {
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
