/**
 * What functions say beside their answer, as lines of JSON that CloudWatch reads. Only in Lambda: elsewhere standard output
 * belongs to the command.
 */
import { now } from './clock.ts'

/** Counts in the embedded metric format: no permission and no call is needed. `about` can be searched for in the log. */
export function putMetrics(counts: Record<string, number>, about: Record<string, unknown> = {}): void {
  const Metrics = Object.keys(counts).map(Name => ({ Name, Unit: 'Count' }))
  const CloudWatchMetrics = [{ Namespace: 'STAR', Dimensions: [[]], Metrics }]
  say({ _aws: { Timestamp: now(), CloudWatchMetrics }, ...about, ...counts })
}

export function warn(message: string, about: Record<string, unknown> = {}): void {
  say({ level: 'WARN', message, ...about })
}

/** Past `console`, which Lambda puts words of its own around. */
function say(line: object): void {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME) process.stdout.write(`${JSON.stringify(line)}\n`)
}
