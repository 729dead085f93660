/** `star reboot`, `star stop`, `star start`: what happens to an array's machines. Its data stays. */
import type { Inspection } from '../functions/shared/inspection.ts'
import { star } from './chosen.ts'
import { type Asked, type OperateFlags, operate } from './operate.ts'
import { statusLines } from './status-view.ts'

export interface PowerFlags extends OperateFlags {
  force?: boolean
}

interface Done {
  array: string
  changed: boolean
}

export const reboot = (flags: PowerFlags) => operate(flags, rebooting(flags))
export const stop = (flags: PowerFlags) => operate(flags, stopping(flags))
export const start = (flags: OperateFlags) => operate(flags, starting)

export const rebooting = ({ force = false }: PowerFlags): Asked<Done & { active: string }> => ({
  operation: 'reboot-nodes',
  input: { force },
  title: 'reboot',
  question: array =>
    `This reboots both controllers of ${array}, one at a time. I/O goes on, and pauses for some seconds.`,
  failed: array => `${array}: not both controllers were rebooted`,
  done: ({ array, active }) => [`both controllers of ${array} were rebooted, one at a time; ${active} is ACTIVE`],
})

export const stopping = ({ force = false }: PowerFlags): Asked<Done> => ({
  operation: 'stop-array',
  input: { force },
  title: 'stop',
  question: array => `This stops ${array}: hosts lose their LUNs until it is started again. Data stays.`,
  failed: array => `${array} is not stopped, or not all of it`,
  done: ({ array, changed }) => [
    changed ? `${array} is stopped; ${star(`start --array ${array}`)} starts it` : `${array} was stopped already`,
  ],
})

export const starting: Asked<Done & { inspection: Inspection }> = {
  operation: 'start-array',
  input: {},
  title: 'start',
  failed: array => `${array} is not started, or not all of it`,
  done: ({ array, changed, inspection }) => [
    '',
    ...statusLines(inspection),
    '',
    changed ? `${array} is up` : `${array} was up already; nothing was changed`,
  ],
}
