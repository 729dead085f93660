/** `star perfweb`: a host begins to serve its graphs. `star open perfweb` shows them. */
import { star } from './chosen.ts'
import { type Asked, type OperateFlags, operate } from './operate.ts'

export interface PerfwebFlags extends OperateFlags {
  host?: string
}

interface Done {
  array: string
  changed: boolean
  host: string
}

export const perfweb = (flags: PerfwebFlags) => operate(flags, serving(flags))

export const serving = ({ host }: PerfwebFlags): Asked<Done> => ({
  operation: 'enable-perfweb',
  input: host === undefined ? {} : { host },
  title: 'perfweb',
  failed: array => `no perfweb on ${array}`,
  done: done => [
    done.changed ? `${done.host} serves perfweb` : `${done.host} served perfweb already; nothing was changed`,
    `open it: ${star(`open perfweb --array ${done.array} --host ${done.host}`)}`,
    `its password, shown once: ${passwordOf(done.array, done.host)}`,
  ],
})

export const passwordOf = (array: string, host: string) =>
  star(`shell --array ${array} ${host} -- star-perfweb password`)
