/** Something that is not as it was asked for, and what to do about it. */
export interface Finding {
  /** A sentence for people that names its node. */
  text: string
  remedy: string
  /** The LUN that it is about, as the sentence has it: the same may be so of others. */
  lun?: string
}

/** Also in the words of the remedies below. */
export const START = 'run star start: it starts what is off, brings controllers into their cluster and logs hosts in'
export const UP = 'run star up, with the request it was built from: it makes what is missing and sets up the rest again'
export const lookAtIt = (node: string, line?: string) =>
  `see why: star shell ${node}${line === undefined ? '' : ` -- ${line}`}`

const NAMED = 8

/** What is so of several LUNs is said once. */
export function merged(findings: Finding[]): Omit<Finding, 'lun'>[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const { text, remedy, lun } = finding
    const key = JSON.stringify([lun === undefined ? text : text.split(' ').filter(word => word !== lun), remedy])
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  return [...groups.values()].map(([first, ...others]) => {
    const { text, remedy } = first as Finding
    const luns = others.flatMap(({ lun }) => lun ?? [])
    return { text: luns.length === 0 ? text : `${text} (${listed(luns)} likewise)`, remedy }
  })
}

function listed(names: string[]): string {
  const shown = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown
}
