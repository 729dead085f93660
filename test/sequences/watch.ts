/**
 * Looks on while documents run: a LUN that is there keeps its uuid, its number and its hosts, whatever is done to the
 * array, for as long as its disks are there.
 */
import type { simulatedNodes } from '../statemachines/simulated-nodes.ts'

type Sims = ReturnType<typeof simulatedNodes>['sims']

interface Seen {
  volumes: string | undefined
  uuids: string[]
  numbers: string[]
  grants: Map<string, string[]>
}

/** Answers what was taken away; each is told once. */
export function watchLuns(sims: Sims, problems: string[]) {
  const seen = new Map<string, Seen>()
  return (document: string) => {
    for (const [array, { volumes, luns, exported, grants }] of sims) {
      const now: Seen = { volumes, uuids: luns.map(({ uuid }) => uuid), numbers: exported, grants: new Map(grants) }
      const before = seen.get(array)
      seen.set(array, now)
      // On other disks it is another array, also where its target was not configured yet.
      if (!before || before.volumes !== volumes) Object.assign(now, { numbers: [], grants: new Map() })
      else problems.push(...lost(before, now).map(problem => `${array}: ${problem} (${document})`))
    }
  }
}

function lost(before: Seen, now: Seen): string[] {
  const kept = (what: string, old: string[], all: string[]) =>
    old.every((each, place) => all[place] === each) ? [] : [`${what} were ${old}, now ${all}`]
  return [
    ...kept('uuids of LUNs', before.uuids, now.uuids),
    ...kept('numbers of LUNs', before.numbers, now.numbers),
    ...[...before.grants].flatMap(([host, old]) => kept(`LUNs of ${host}`, old, now.grants.get(host) ?? [])),
  ]
}
