import { InvalidParameters } from '@aws-sdk/client-ssm'
import { refused } from './errors.ts'
import type { DocumentContent, DocumentParameter } from './ssm-document.ts'

/** The values a document runs with: those given, else its defaults. Anything the document does not allow is refused. */
export function readParameters(document: DocumentContent, given: Record<string, string[]>): Record<string, string> {
  const declared = document.parameters ?? {}
  const undeclared = Object.keys(given).filter(name => !Object.hasOwn(declared, name))
  if (undeclared.length > 0) throw invalid(`the document has no parameter ${undeclared.join(', ')}`)
  const values = Object.entries(declared).map(([name, rule]) => [name, readParameter(name, rule, given[name])] as const)
  return Object.fromEntries(values)
}

function readParameter(name: string, rule: DocumentParameter, given: string[] | undefined): string {
  if (given === undefined) {
    if (rule.default === undefined) throw invalid(`${name} is missing`)
    return rule.default
  }
  const [value, ...more] = given
  if (value === undefined || more.length > 0) throw invalid(`${name} takes one value, not ${given.length}`)
  // Unanchored, as the agent matches it: a document that forgets its ^ and $ is as open here as there.
  if (rule.allowedPattern !== undefined && !new RegExp(rule.allowedPattern).test(value)) {
    throw invalid(`${name} does not match ${rule.allowedPattern}`)
  }
  if (rule.allowedValues !== undefined && !rule.allowedValues.includes(value)) {
    throw invalid(`${name} is not one of ${rule.allowedValues.join(', ')}`)
  }
  return value
}

const invalid = (message: string) => new InvalidParameters({ ...refused, message })
