/** What the cloud and the nodes themselves say of an array, put together from documents that were asked of each node. */
import { NoSuchArray } from './errors.ts'
import { type Finding, UP } from './findings.ts'
import { firstCause } from './first-cause.ts'
import { type NodeInspection, type Power, powerOf } from './inspection.ts'
import { findInvocation, outcomeOf } from './invocation.ts'
import { type Disk, expectedNodes, findDisks, findNodes, type Node } from './picture.ts'
import { findingsOf, silence } from './problems.ts'
import { type ArrayRecord, readRecord } from './record.ts'
import type { Report } from './reports.ts'
import type { RunOutcome } from './shapes.ts'

export interface Look {
  record: ArrayRecord
  /** As EC2 has them. */
  found: Node[]
  /** As they were asked for, with what each says of itself. */
  nodes: NodeInspection[]
  disks: Disk[]
  power: Power
  /** What is wrong. That an array is stopped on request is nothing of it. */
  findings: Finding[]
}

/** Throws NoSuchArray. `outcomes`: of a look at each node that runs; those of other documents are passed over. */
export async function lookAt(array: string, outcomes: RunOutcome[]): Promise<Look> {
  const record = await readRecord(array)
  if (!record) throw new NoSuchArray(`there is no array named ${array}`)
  const [found, disks] = await Promise.all([findNodes(array), findDisks(array)])
  const expected = expectedNodes(record.request, found)
  const nodes = await Promise.all(
    expected.map(async ({ name, role, node }): Promise<NodeInspection> => {
      const { instanceId = '', instanceType = '', address = '', state = 'absent' } = node ?? {}
      const outcome = outcomes.find(
        outcome =>
          outcome.node === name && outcome.instanceId === instanceId && outcome.document === `STAR-inspect-${role}`,
      )
      return { name, role, instanceId, instanceType, address, state, ...(outcome && (await answerOf(outcome))) }
    }),
  )
  const power = powerOf(expected.map(({ node }) => node))
  const asked = power === 'stopped' ? nodes.flatMap(silence) : []
  const wrong = findingsOf(record.request, nodes, disks).filter(({ text }) => !asked.includes(text))
  const findings = wrong.length > 0 ? [...unfinished(record), ...wrong] : []
  return { record, found, nodes, disks, power, findings }
}

/** Why LUNs may be missing. That an addition is about to be recorded as done is no problem by itself. */
function unfinished({ adding, request }: ArrayRecord): Finding[] {
  if (!adding) return []
  const names = request.luns.slice(adding.after).map(({ name }) => name)
  const range = names.length > 1 ? `${names[0]} to ${names.at(-1)}` : names[0]
  const text = `${request.array}: the addition of ${range} has not ended: ask for it again, or use star up`
  return [{ text, remedy: UP }]
}

/** Read where the service keeps it: reports of a large array together would not pass through a workflow. */
export async function answerOf({ node, document, instanceId, commandId, failure }: RunOutcome) {
  if (failure) return { failure: firstCause(failure).cause || 'it did not answer in time' }
  const invocation = commandId ? await findInvocation(instanceId, commandId) : undefined
  const report: Report | undefined = invocation && outcomeOf(invocation, `${document} on ${node}`)
  return report ? { report } : { failure: 'its report is gone' }
}
