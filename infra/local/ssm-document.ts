/** A Systems Manager Command document (schema 2.2), as far as the array's documents use it. */
export interface DocumentContent {
  schemaVersion: string
  description?: string
  parameters?: Record<string, DocumentParameter>
  mainSteps: DocumentStep[]
}

export interface DocumentParameter {
  type: string
  description?: string
  /** Matched unanchored, as the agent does: write `^…$`. */
  allowedPattern?: string
  allowedValues?: string[]
  default?: string
}

export interface DocumentStep {
  action: string
  name: string
  inputs: { timeoutSeconds?: string; runCommand: string[] }
}

/** `{{ name }}` is replaced by the raw value, in one pass; what is no parameter of the document stays as it is. */
export function renderScript(document: DocumentContent, parameters: Record<string, string>): string {
  return filledIn((document.mainSteps[0]?.inputs.runCommand ?? []).join('\n'), parameters)
}

function filledIn(text: string, parameters: Record<string, string>): string {
  return text.replace(/\{\{\s*([a-zA-Z0-9]+)\s*\}\}/g, (text, name: string) =>
    Object.hasOwn(parameters, name) ? (parameters[name] ?? text) : text,
  )
}

/** Seconds a script may run. The agent takes 3,600 for what it cannot read or what is out of bounds. */
export function scriptTimeout(document: DocumentContent, parameters: Record<string, string>): number {
  const seconds = Number(filledIn(document.mainSteps[0]?.inputs.timeoutSeconds ?? '', parameters) || undefined)
  return Number.isInteger(seconds) && seconds >= 5 && seconds <= 172_800 ? seconds : 3_600
}

/** Why the agent, or this cloud, would not run the document; undefined if it would. */
export function documentProblem(document: DocumentContent): string | undefined {
  if (document.schemaVersion !== '2.2') return `schema version ${document.schemaVersion} is not 2.2`
  const [step, ...more] = document.mainSteps
  if (step === undefined) return 'it has no step'
  if (more.length > 0) return 'the local cloud runs documents of one step'
  if (step.action !== 'aws:runShellScript') return `the local cloud does not know the action ${step.action}`
  const unknown = Object.keys(step.inputs).filter(name => name !== 'runCommand' && name !== 'timeoutSeconds')
  if (unknown.length > 0) return `the local cloud does not know the inputs ${unknown.join(', ')}`
  const list = Object.entries(document.parameters ?? {}).find(([, parameter]) => parameter.type !== 'String')
  return list && `the local cloud knows parameters of type String, not ${list[1].type} (${list[0]})`
}
