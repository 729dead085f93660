/** Which LUNs a request adds to an array, and who will see them. Pure: from the record to the record as it is to become. */
import { createHash } from 'node:crypto'
import { lunsOf } from './documents.ts'
import { type Problem, RequestRejected } from './errors.ts'
import type { AddLuns } from './operations.ts'
import type { ArrayRecord } from './record.ts'
import { type ArrayRequest, acceptRequest, EXTENT_MIB, mebibytes, shorten } from './request.ts'
import { poolMiB } from './request-rules.ts'

export interface Addition {
  /** Something is left to be done on the nodes. */
  todo: boolean
  /** Names of the LUNs that were asked for; empty where only the key is known. */
  luns: string[]
  record: ArrayRecord
}

interface Asked {
  name?: string | undefined
  sizeMiB: number
  /** Its place in the list of the request, for messages. */
  place: number
}

/** Keys that are remembered: the record has little room, and a repetition comes soon. */
const KEYS = 8

/** Throws RequestRejected, with every problem there is. */
export function additionOf(record: ArrayRecord, input: AddLuns): Addition {
  const { request, adding, keys = [] } = record
  const asked = spelledOut(input)
  const key = keyOf(input)
  // What an earlier addition left behind has to be done whatever is asked for: the record says that it is there.
  const left = adding !== undefined && !adding.done
  if (adding && isOf(adding, input)) {
    const luns = request.luns.slice(adding.after).map(({ name }) => name)
    return { todo: true, luns, record: { ...record, adding: { ...adding, key: adding.key ?? key } } }
  }
  if (key !== undefined && keys.includes(key)) return { todo: left, luns: [], record }
  reject([...problemsOfNames(request, asked), ...problemsOfHosts(request, asked, input)])
  const added = namesFor(request, asked)
  const luns = added.map(({ name }) => name)
  const fresh = added.filter(({ name }) => !request.luns.some(lun => lun.name === name))
  if (fresh.length === 0) return { todo: left, luns, record }
  reject(problemsOfRoom(request, fresh))
  const grown = {
    ...request,
    luns: [...request.luns, ...fresh],
    hosts: hostsWith(
      request,
      fresh.map(({ name }) => name),
      input.hosts,
    ),
  }
  return {
    todo: true,
    luns,
    record: {
      ...record,
      request: acceptRequest(shorten(grown)),
      built: record.built ?? request.luns.length,
      adding: { after: request.luns.length, print: printOf(input), ...(key && { key }) },
      keys: remember(keys, adding?.key),
    },
  }
}

/**
 * The record once all of this is done; without an input: once an addition that was cut off is. That one stays known, and so
 * does another one that did not end, until it is asked for again.
 */
export function completed(record: ArrayRecord, input?: AddLuns): Partial<ArrayRecord> {
  const { adding, keys = [] } = record
  if (!input) return adding ? { adding: { ...adding, done: true } } : {}
  const ended = adding && isOf(adding, input)
  return {
    keys: remember(keys, ended ? adding.key : undefined, keyOf(input)),
    ...(ended && { adding: undefined }),
  }
}

function remember(keys: string[], ...more: (string | undefined)[]): string[] | undefined {
  const all = [...new Set([...keys, ...more.filter(key => key !== undefined)])].slice(-KEYS)
  return all.length > 0 ? all : undefined
}

function isOf({ print, key }: NonNullable<ArrayRecord['adding']>, input: AddLuns): boolean {
  return print === printOf(input) || (key !== undefined && key === keyOf(input))
}

const keyOf = ({ key }: AddLuns) => (key === undefined ? undefined : hash(key))
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** The same for the same wish, however it was written down. */
function printOf(input: AddLuns): string {
  const luns = spelledOut(input).map(({ name, sizeMiB }) => [name ?? null, sizeMiB])
  return hash(JSON.stringify([luns, input.hosts && [...input.hosts].sort()]))
}

function spelledOut({ luns }: AddLuns): Asked[] {
  return luns.flatMap(({ name, size, count }, place) => {
    const sizeMiB = Math.ceil(mebibytes(size) / EXTENT_MIB) * EXTENT_MIB
    return Array.from({ length: count }, () => ({ name, sizeMiB, place }))
  })
}

/** A LUN without a name is called after its place in the array, or after the next place whose name is free. */
function namesFor(request: ArrayRequest, asked: Asked[]): ArrayRequest['luns'] {
  const taken = new Set([...request.luns, ...asked].flatMap(({ name }) => name ?? []))
  let place = request.luns.length
  return asked.map(({ name, sizeMiB }) => {
    if (name !== undefined) return { name, sizeMiB }
    while (taken.has(`LUN${place}`)) place++
    return { name: `LUN${place++}`, sizeMiB }
  })
}

/** Hosts that see all LUNs see the new ones too, unless others were named: then they go on seeing what they saw. */
function hostsWith({ luns, hosts }: ArrayRequest, fresh: string[], named?: string[]): ArrayRequest['hosts'] {
  if (!named) return hosts
  return hosts.map(host => {
    const sees = host.luns === 'all' ? luns.map(({ name }) => name) : host.luns
    if (named.includes(host.name)) return host.luns === 'all' ? host : { ...host, luns: [...sees, ...fresh] }
    return { ...host, luns: sees }
  })
}

function problemsOfNames({ luns }: ArrayRequest, asked: Asked[]): Problem[] {
  return asked.flatMap(({ name, sizeMiB, place }, i) => {
    if (name === undefined) return []
    const earlier = asked.findIndex(other => other.name === name)
    if (earlier < i) {
      const twice = asked[earlier]?.place === place
      const rule = twice ? 'only one LUN can have a name that is said' : 'two LUNs have the same name'
      return [{ field: `luns[${place}].${twice ? 'count' : 'name'}`, rule, got: name }]
    }
    const there = luns.find(lun => lun.name === name)
    if (!there || there.sizeMiB === sizeMiB) return []
    const rule = `${name} is there with ${there.sizeMiB} MiB, and its size is not changed here`
    return [{ field: `luns[${place}].size`, rule, got: `${sizeMiB} MiB` }]
  })
}

function problemsOfHosts(request: ArrayRequest, asked: Asked[], { hosts: named }: AddLuns): Problem[] {
  const { hosts, luns } = request
  const there = asked.flatMap(({ name }) => luns.find(lun => lun.name === name)?.name ?? [])
  if (named) {
    const names = hosts.map(({ name }) => name)
    const known = `must be a host of the array: ${names.join(', ')}`
    return named.flatMap((got, i) => {
      const field = `hosts[${i}]`
      if (!names.includes(got)) return [{ field, rule: known, got }]
      // It may hold somebody's data: to show it to one more host is not what adding means.
      const hidden = there.filter(name => !lunsOf(request, got).includes(name))
      return hidden.map(name => ({ field, rule: `${name} is there already, and this host does not see it`, got }))
    })
  }
  if (there.length === asked.length || hosts.some(host => host.luns === 'all')) return []
  return [{ field: 'hosts', rule: 'must say who may see them: no host of this array sees all LUNs' }]
}

/** Whether they fit by what the disks hold; only the controller with the pool knows what is really free. */
function problemsOfRoom(request: ArrayRequest, fresh: ArrayRequest['luns']): Problem[] {
  const sum = (luns: ArrayRequest['luns']) => luns.reduce((total, { sizeMiB }) => total + sizeMiB, 0)
  const room = poolMiB(request) - sum(request.luns)
  if (sum(fresh) <= room) return []
  return [{ field: 'luns', rule: `must fit in the pool, which has ${room} MiB left`, got: `${sum(fresh)} MiB` }]
}

export function reject(problems: Problem[]): void {
  if (problems.length > 0) throw new RequestRejected(problems)
}
