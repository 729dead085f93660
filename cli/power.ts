/** `star reboot`, `star failover`, `star stop`, `star start`: what happens to an array's machines. Its data stays. */
import type { Inspection } from '../functions/shared/inspection.ts'
import { star } from './chosen.ts'
import { type Asked, type OperateFlags, operate } from './operate.ts'
import { statusLines } from './status-view.ts'

export interface PowerFlags extends OperateFlags {
  force?: boolean
}

export interface FailoverFlags extends PowerFlags {
  to?: number
}

interface Done {
  array: string
  changed: boolean
}

export const reboot = (flags: PowerFlags) => operate(flags, rebooting(flags))
export const failover = (flags: FailoverFlags) => operate(flags, handingOver(flags))
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

/** `seconds`: until the other one served as ACTIVE; null where the cluster does not say. */
export const handingOver = ({
  to,
  force = false,
}: FailoverFlags): Asked<Done & { active: string; seconds: number | null }> => ({
  operation: 'failover-array',
  input: { force, ...(to !== undefined && { to }) },
  title: 'failover',
  question: array => `This hands the ACTIVE role of ${array} over. I/O goes on, and pauses for some seconds.`,
  failed: array => `${array}: the hand-over did not come to its end`,
  done: ({ active, changed, seconds }) => [
    changed
      ? `${active} is ACTIVE${seconds === null ? '' : `; the roles took ${seconds} s to change`}`
      : `${active} was ACTIVE already; nothing was changed`,
  ],
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
