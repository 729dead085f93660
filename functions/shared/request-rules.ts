/** The rules of a request that no single field can be held against: each returns the problems it finds. */
import type { Problem } from './errors.ts'
import { type ArrayRequest, EXTENT_MIB, type Request, shorten } from './request.ts'

type Given = ReturnType<(typeof Request)['parse']>

export function problemsOf(request: ArrayRequest, given: Given): Problem[] {
  return [
    ...oneZone(request, given),
    ...names(request),
    ...instanceTypes(request),
    ...diskBounds(request),
    ...lunNames(request, given),
    ...initiators(request),
    ...mappings(request),
    ...poolRoom(request),
    ...recordRoom(request),
  ]
}

/** A Multi-Attach volume reaches only instances of its own zone. */
function oneZone({ zone: own }: ArrayRequest, given: Given): Problem[] {
  const others: [string, string | undefined][] = [
    ['controllers.zone', given.controllers.zone],
    ['disks.zone', given.disks.zone],
    ...given.hosts.map((host, i): [string, string | undefined] => [`hosts[${i}].zone`, host.zone]),
  ]
  return others
    .filter(([, zone]) => zone !== undefined && zone !== own)
    .map(([field, zone]) => ({ field, rule: `an array lies in one zone, here ${own}`, got: zone }))
}

function names({ controllers, hosts }: ArrayRequest): Problem[] {
  const problems: Problem[] = []
  const [first, second] = controllers.names
  for (const [i, name] of controllers.names.entries()) {
    if (!name.endsWith(`${i + 1}`)) {
      problems.push({
        field: `controllers.names[${i}]`,
        rule: `the last character must be the node number, ${i + 1}`,
        got: name,
      })
    }
  }
  if (first.slice(0, -1) !== second.slice(0, -1)) {
    problems.push({
      field: 'controllers.names',
      rule: 'all before the last character must be the same on both',
      got: controllers.names.join(', '),
    })
  }
  const all = [...controllers.names, ...hosts.map(host => host.name)]
  for (const [i, { name }] of hosts.entries()) {
    if (all.indexOf(name) < i + controllers.names.length) {
      problems.push({ field: `hosts[${i}].name`, rule: 'another node has this name', got: name })
    }
  }
  return problems
}

/** Families before Nitro, which cannot share a volume; and those with another processor than the image's. */
const XEN = /^(t1|t2|m[1-4]|c[134]|cc2|r[34]|i[23]|d2|h1|x1e?|p[23]|g[23]s?|f1)$/
const ARM = /^(a1|[a-z]+\d+g[a-z]*)$/

function instanceTypes({ controllers, hosts }: ArrayRequest): Problem[] {
  const problems: Problem[] = []
  const family = (type: string) => type.split('.')[0] as string
  const all: [string, string][] = [
    ['controllers.instanceType', controllers.instanceType],
    ...hosts.map((host, i): [string, string] => [`hosts[${i}].instanceType`, host.instanceType]),
  ]
  for (const [field, type] of all) {
    if (ARM.test(family(type))) problems.push({ field, rule: 'must be an x86_64 type, as the image is', got: type })
  }
  if (XEN.test(family(controllers.instanceType))) {
    problems.push({
      field: 'controllers.instanceType',
      rule: 'must be a Nitro type: others cannot share a volume',
      got: controllers.instanceType,
    })
  }
  return problems
}

const BOUNDS = {
  io2: { maxGiB: 65_536, maxIops: 256_000, perGiB: 1_000 },
  io1: { maxGiB: 16_384, maxIops: 64_000, perGiB: 50 },
}

function diskBounds({ disks: { type, sizeGiB, iops } }: ArrayRequest): Problem[] {
  const { maxGiB, maxIops, perGiB } = BOUNDS[type]
  const problems: Problem[] = []
  if (sizeGiB < 4 || sizeGiB > maxGiB) {
    problems.push({ field: 'disks.size', rule: `${type} must be 4 to ${maxGiB} GiB`, got: `${sizeGiB}G` })
  }
  const most = Math.min(maxIops, perGiB * sizeGiB)
  if (iops < 100 || iops > most) {
    problems.push({
      field: 'disks.iops',
      rule: `${type} of ${sizeGiB} GiB must have 100 to ${most} IOPS`,
      got: `${iops}`,
    })
  }
  return problems
}

function lunNames({ luns }: ArrayRequest, given: Given): Problem[] {
  const problems: Problem[] = given.luns.flatMap(({ name, count }, i) =>
    name !== undefined && count > 1
      ? [{ field: `luns[${i}].count`, rule: 'only one LUN can have a name that is said', got: `${count}` }]
      : [],
  )
  if (luns.length > 256) problems.push({ field: 'luns', rule: 'at most 256 LUNs', got: `${luns.length}` })
  for (const name of duplicates(luns.map(lun => lun.name))) {
    problems.push({ field: 'luns', rule: 'two LUNs have the same name', got: name })
  }
  for (const { name } of luns) {
    // The pool's own first volume, and what LVM keeps for itself.
    if (name === 'HD140283' || /^(snapshot|pvmove)/.test(name)) {
      problems.push({ field: 'luns', rule: 'this name is reserved', got: name })
    }
  }
  return problems
}

function initiators({ array, hosts }: ArrayRequest): Problem[] {
  const own = `iqn.2023-09.test.use.only:${array}-initiator`
  return hosts.flatMap(({ initiator }, i) => {
    const field = `hosts[${i}].initiator`
    if (initiator === own) return [{ field, rule: "this is the controllers' own initiator name", got: initiator }]
    const first = hosts.findIndex(other => other.initiator === initiator)
    return first < i ? [{ field, rule: `hosts[${first}] has the same initiator name`, got: initiator }] : []
  })
}

function mappings({ luns, hosts }: ArrayRequest): Problem[] {
  const there = new Set(luns.map(lun => lun.name))
  return hosts.flatMap(({ luns: seen }, i) => {
    if (seen === 'all') return []
    const field = `hosts[${i}].luns`
    return [
      ...seen.flatMap((name, j) =>
        there.has(name) ? [] : [{ field: `${field}[${j}]`, rule: 'no such LUN', got: name }],
      ),
      ...duplicates(seen).map(name => ({ field, rule: 'a LUN is listed twice', got: name })),
    ]
  })
}

/** What the pool holds: each disk loses one extent to LVM's own data, and the pool keeps one for HD140283. */
export function poolMiB({ disks }: ArrayRequest): number {
  return (disks.count * ((disks.sizeGiB * 1024) / EXTENT_MIB - 1) - 1) * EXTENT_MIB
}

function poolRoom(request: ArrayRequest): Problem[] {
  const { disks, luns } = request
  const room = poolMiB(request)
  const wanted = luns.reduce((sum, lun) => sum + lun.sizeMiB, 0)
  if (wanted <= room) return []
  const rule = `LUNs must fit in the pool: ${disks.count} x ${disks.sizeGiB} GiB hold ${room} MiB`
  return [{ field: 'luns', rule, got: `${wanted} MiB` }]
}

function recordRoom(request: ArrayRequest): Problem[] {
  const length = JSON.stringify(shorten(request)).length
  if (length <= 7_500) return []
  return [
    { field: '(request)', rule: 'must fit in its record, at most 7,500 characters when shortened', got: `${length}` },
  ]
}

function duplicates(list: string[]): string[] {
  return [...new Set(list.filter((item, i) => list.indexOf(item) < i))]
}
