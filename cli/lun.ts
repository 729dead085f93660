/** `star lun add`: more LUNs on an array that runs, from flags or from a file. */
import type { AddLuns } from '../functions/shared/operations.ts'
import { Mistake } from './failure.ts'
import { type Asked, type OperateFlags, operate } from './operate.ts'
import { readJson } from './options.ts'
import { count } from './table.ts'

export interface LunFlags extends OperateFlags {
  count?: number
  size?: string
  name?: string
  host?: string[]
  key?: string
}

/** As a person writes them, not yet checked. */
type Added = { [field in keyof Omit<AddLuns, 'array'>]?: unknown }

export const addLuns = (file: string | undefined, flags: LunFlags) => operate(flags, addition(file, flags))

export function addition(
  file: string | undefined,
  flags: LunFlags,
): Asked<{ array: string; changed: boolean; luns: string[] }> {
  return {
    operation: 'add-luns',
    input: addedFrom(file, flags),
    title: 'lun add',
    failed: array => `LUNs were not added to ${array}, or not all the way`,
    done: ({ array, changed, luns }) =>
      changed
        ? [`${count(luns.length, 'LUN')} added to ${array}: ${range(luns)}`]
        : [`${array} has these LUNs already; nothing was changed`],
  }
}

/** A file has a list of LUNs, or an object with `luns` and what else may be said. Throws Mistake on a contradiction. */
export function addedFrom(file: string | undefined, { count, size, name, host, key }: LunFlags): Added {
  const base = file === undefined ? {} : read(file)
  const lun = Object.fromEntries(Object.entries({ count, size, name }).filter(([, value]) => value !== undefined))
  if (base.luns === undefined) base.luns = [lun]
  else if (Object.keys(lun).length > 0) throw contradiction(`--${Object.keys(lun)[0]}`, file, 'luns')
  for (const [flag, field, value] of [
    ['--host', 'hosts', host],
    ['--key', 'key', key],
  ] as const) {
    if (value === undefined) continue
    if (base[field] !== undefined) throw contradiction(flag, file, field)
    base[field] = value
  }
  return base
}

function read(file: string): Added {
  const value = readJson(file)
  if (Array.isArray(value)) return { luns: value }
  if (typeof value === 'object' && value !== null) return { ...value }
  throw new Mistake(`${file}: must be a list of LUNs, such as [{"count": 10, "size": "1G"}], or an object with luns`)
}

const contradiction = (flag: string, file: string | undefined, field: string) =>
  new Mistake(`${flag}: ${file} has the field ${field} already; say it in one place`)

const range = (names: string[]) => (names.length <= 3 ? names.join(', ') : `${names[0]} … ${names.at(-1)}`)
