/** The controllers of an inspection, node 1 first, each with its report as far as it can be read. */
import type { Inspection, NodeInspection } from './inspection.ts'
import { ControllerReport } from './reports.ts'

export interface Controller {
  node: NodeInspection
  report: ControllerReport | undefined
}

export function controllersOf({ nodes }: Inspection): Controller[] {
  return nodes
    .filter(({ role }) => role === 'controller')
    .map(node => ({ node, report: ControllerReport.safeParse(node.report).data }))
}
