/** What of the Amazon States Language the definitions may use: the part that means the same on AWS and in the local engine. */
import { RESOURCES } from '../../infra/definitions.ts'

type Json = Record<string, unknown>
export interface Violation {
  state: string
  rule: string
}

const DAYS_24 = 24 * 24 * 3600
const TYPES = ['Task', 'Choice', 'Parallel', 'Pass', 'Wait', 'Succeed', 'Fail']
const BANNED = ['QueryLanguage', 'Assign', 'Arguments', 'Output', 'Result', 'HeartbeatSeconds', 'HeartbeatSecondsPath']
const DURATIONS = ['Seconds', 'TimeoutSeconds', 'IntervalSeconds', 'MaxDelaySeconds']
const LAMBDA_FAULTS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'CloudUnavailable',
  'CloudThrottled',
]
/** A path to one value, no search; of the intrinsic functions only the list of one. */
const PATH = /^(\$(\.[A-Za-z]\w*|\[\d+\])*|States\.Array\(\$(\.[A-Za-z]\w*)+\))$/

export function violationsOf(definition: Json): Violation[] {
  const found: Violation[] = []
  const seen = new Set<string>()
  visit(definition, true)
  return found

  function visit(machine: Json, isTop: boolean): void {
    for (const [name, state] of Object.entries(machine.States as Record<string, Json>)) {
      const say = (rule: string) => found.push({ state: name, rule })
      if (seen.has(name)) say('its name is used twice')
      seen.add(name)
      if (!TYPES.includes(String(state.Type))) say(`${state.Type} is outside the subset`)
      for (const key of BANNED) if (key in state) say(`${key} is outside the subset`)
      values(state, (key, value) => {
        if (DURATIONS.includes(key) && Number(value) >= DAYS_24) say(`${key} of ${value} s is too long`)
        if (typeof value === 'string') checkPath(key, value, isTop && name === machine.StartAt, say)
      })
      checkType(state, say)
      if (state.Type === 'Task') checkTask(state, say)
      for (const branch of (state.Branches as Json[]) ?? []) visit(branch, false)
    }
  }
}

function checkPath(key: string, value: string, isFirst: boolean, say: (rule: string) => void): void {
  const isPath = key.endsWith('.$') || key.endsWith('Path') || key === 'Variable'
  if (!isPath) return
  if (value.startsWith('$$.Execution.')) {
    if (!['$$.Execution.Id', '$$.Execution.Input'].includes(value)) say(`${value} is not known locally`)
    if (!isFirst) say(`${value} is read elsewhere than at the start`)
  } else if (value.startsWith('$$')) say(`${value} is not known locally`)
  else if (!PATH.test(value)) say(`${value} is not a plain path`)
}

function checkType(state: Json, say: (rule: string) => void): void {
  switch (state.Type) {
    case 'Choice':
      if (!state.Default) say('a Choice without Default')
      for (const choice of state.Choices as Json[]) checkChoice(choice, say)
      break
    case 'Wait':
      if (!(Number(state.Seconds) >= 1 || state.SecondsPath)) say('a Wait without Seconds')
      break
    case 'Fail':
      if (!(state.Error || state.ErrorPath) || !(state.Cause || state.CausePath)) say('a Fail that does not say why')
  }
}

function checkChoice(choice: Json, say: (rule: string) => void): void {
  const rules = (choice.And as Json[]) ?? [choice]
  if (choice.Or || choice.Not) say('Or and Not are not used')
  for (const [i, rule] of rules.entries()) {
    const guarded =
      rule.IsPresent === true || rules.slice(0, i).some(r => r.Variable === rule.Variable && r.IsPresent === true)
    if (!guarded) say(`${rule.Variable} is read without IsPresent`)
  }
}

function checkTask(state: Json, say: (rule: string) => void): void {
  const { Resource, Parameters = {}, Retry = [] } = state as { Resource: string; Parameters: Json; Retry: Json[] }
  if (!Object.values<string>(RESOURCES).includes(Resource)) say(`${Resource} is outside the subset`)
  const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals as string[])
  if (retried.some(error => ['States.ALL', 'States.TaskFailed'].includes(error)))
    say('it retries what it does not know')
  if (Resource === RESOURCES.function) {
    if (!/^\$\{\w+\}$/.test(String(Parameters.FunctionName))) say('FunctionName is not a substitution')
    if (typeof Parameters.Payload !== 'object') say('Payload is not an object')
    if (!state.ResultSelector && state.ResultPath !== null && state.OutputPath !== '$.Payload')
      say('the whole reply of Lambda goes on')
    for (const fault of LAMBDA_FAULTS) if (!retried.includes(fault)) say(`${fault} is not retried`)
  } else {
    if (!/^\$\{\w+Machine\}$/.test(String(Parameters.StateMachineArn))) say('StateMachineArn is not a substitution')
    if (!state.TimeoutSeconds) say('a nested execution without a deadline')
  }
}

/** Every key and value of this state itself; states nested in it are visited on their own. */
function values(node: unknown, visit: (key: string, value: unknown) => void): void {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'Branches') continue
    visit(key, value)
    values(value, visit)
  }
}
