/** What the tests of reboot-nodes have in common: nodes that report something else than is so, and an account of reboots. */
import { parseReport } from '../../functions/shared/reports.ts'
import { built, machineOf } from './array-lab.ts'
import type { Lab, LabOptions } from './lab.ts'

export const [ctl1, ctl2, host] = ['star0001-ctl1', 'star0001-ctl2', 'instance-1'] as const

// biome-ignore lint/suspicious/noExplicitAny: reports are changed in ways that their types would not allow
type Lie = (report: any, name: string) => void

export interface RebootLab {
  lab: Lab
  /** From now on reports of this document are changed so; undefined: they say what is so. */
  lie(document: 'inspect-controller' | 'inspect-host', change?: Lie): void
  reboot(input?: object): ReturnType<Lab['run']>
  bootIds(): string[]
}

/** An array in which each reboot is put down between the documents. */
export async function openRebootLab(options: LabOptions = {}, request = {}): Promise<RebootLab> {
  const lies = new Map<string, Lie | undefined>()
  const told =
    (document: string): NonNullable<LabOptions['replies']>[string] =>
    (machine, count) => {
      const lie = lies.get(document)
      const reply = options.replies?.[document]?.(machine, count)
      if (reply || !lie) return reply
      const { stdout = '' } = lab.nodes.reply(`STAR-${document}`, {}, machine)
      // Spelled out and copied: of a path that is changed there is one for each LUN.
      const report = JSON.parse(JSON.stringify(parseReport(stdout)))
      lie(report, String(report?.name))
      return { stdout: JSON.stringify(report) }
    }
  const lab: Lab = await built(
    {
      ...options,
      faults: {
        ...options.faults,
        RebootInstances: (input, count) => {
          const [id = ''] = input.InstanceIds as string[]
          const node = [ctl1, ctl2].find(name => machineOf(lab, name).id === id) ?? id
          lab.nodes.ran.push({ document: 'REBOOT', node, parameters: {} })
          return options.faults?.RebootInstances?.(input, count)
        },
      },
      replies: {
        ...options.replies,
        'inspect-controller': told('inspect-controller'),
        'inspect-host': told('inspect-host'),
      },
    },
    request,
  )
  return {
    lab,
    lie: (document, change) => lies.set(document, change),
    reboot: (input = {}) => lab.run('reboot-nodes', { array: 'star0001', ...input }),
    bootIds: () => [ctl1, ctl2].map(name => machineOf(lab, name).bootId),
  }
}

/** Calls it for each path of each LUN that a host reports. */
export const eachPath =
  (change: (path: [string, string, string], lun: string) => void): Lie =>
  report => {
    for (const [lun, , , paths] of report.luns) for (const path of paths) change(path, lun)
  }
