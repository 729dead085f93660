/** The end of a check: what of an array is not as it was asked for, or does not work, each with its remedy. */
import * as z from 'zod'
import { type Finding, merged, START, UP } from './shared/findings.ts'
import { define } from './shared/handler.ts'
import { holderOf } from './shared/lock.ts'
import { answerOf, type Look, lookAt } from './shared/look.ts'
import { ArrayName } from './shared/names.ts'
import { brokenPaths, pathsOf } from './shared/path-findings.ts'
import { NOT_FENCED } from './shared/request.ts'
import { RunOutcome } from './shared/shapes.ts'

const Event = z.strictObject({ array: ArrayName, outcomes: z.array(RunOutcome), busy: z.string() })

/** What `star check` ends with. */
export interface Check {
  array: string
  power: Look['power']
  healthy: boolean
  findings: { text: string; remedy: string }[]
  /** What is no finding, but good to know. */
  notes: string[]
  /** How much was read: LUNs and paths, counted on each host. */
  tried: { hosts: number; luns: number; paths: number; logins: number }
}

/** What passes through a workflow has an end. */
const SHOWN = 300

export const handler = define(Event, async ({ array, outcomes, busy }): Promise<Check> => {
  const look = await lookAt(array, outcomes)
  const { power, nodes } = look
  const checks = await Promise.all(
    outcomes
      .filter(({ document }) => document === 'STAR-check-paths')
      .map(async outcome => ({ host: outcome.node, ...(await answerOf(outcome)) })),
  )
  const reports = checks.flatMap(({ report }) => pathsOf(report) ?? [])
  const sum = (count: (report: (typeof reports)[number]) => number) =>
    reports.reduce((total, report) => total + count(report), 0)
  const findings = merged([...unserved(look), ...look.findings, ...brokenPaths(nodes, checks)])
  const meanwhile = busy || (await holderOf(array))?.operation
  return {
    ...{ array, power, healthy: findings.length === 0 },
    findings: findings.slice(0, SHOWN),
    notes: [
      ...unfenced(look),
      ...(meanwhile ? [`${meanwhile} was at work on ${array} meanwhile: what it changes may look broken`] : []),
      ...(findings.length > SHOWN ? [`${findings.length - SHOWN} findings more`] : []),
    ],
    tried: {
      hosts: reports.length,
      luns: sum(({ luns }) => luns),
      paths: sum(({ paths }) => paths),
      logins: sum(({ logins }) => logins.length),
    },
  }
})

/** It was asked for in so many words; so it is nothing to be mended. */
function unfenced({ power, record }: Look): string[] {
  if (power === 'stopped' || record.request.fencing !== NOT_FENCED) return []
  return ['fencing is off: a split brain would have two writers']
}

/** An array that nobody can use, although nothing of it is broken. */
function unserved({ power, record }: Look): Finding[] {
  const { array } = record.request
  return [
    ...(record.state === 'building' ? [{ text: `${array}: it was never completed`, remedy: UP }] : []),
    ...(power === 'stopped' ? [{ text: `${array}: it is stopped`, remedy: START }] : []),
  ]
}
