/** `star list`: all arrays, as the cloud knows them; no node is asked. */
import { existsSync } from 'node:fs'
import { listArrays, viewArray } from '../functions/api/arrays.ts'
import { exitCodes } from './failure.ts'
import { withLocal } from './operate.ts'
import { home } from './paths.ts'
import { table } from './table.ts'

export async function list(flags: { json?: boolean }): Promise<number> {
  // That there is none is an answer here, and no failure.
  const arrays = existsSync(home) ? await withLocal(viewAll) : []
  if (flags.json) console.log(JSON.stringify({ arrays }, null, 2))
  else if (arrays.length > 0) console.log(table(arrays.map(row), { aligned: process.stdout.isTTY === true }).join('\n'))
  else if (process.stdout.isTTY) console.log('there is no array; ./star up makes one')
  return exitCodes.ok
}

type View = Awaited<ReturnType<typeof viewArray>>

async function viewAll(): Promise<View[]> {
  const { arrays } = await listArrays()
  return await Promise.all(arrays.map(({ array }) => viewArray(array)))
}

function row({ array, state, nodes, disks, busy, next }: View): string[] {
  const states = [...new Set(nodes.map(node => node.state))]
  return [
    array,
    state ?? 'no record',
    states.map(known => `${nodes.filter(node => node.state === known).length} ${known}`).join(', ') || 'no nodes',
    `${disks.length} disks`,
    busy ? `busy: ${busy.operation}` : '',
    next ? `${next.action} ${next.at}` : '',
  ]
}
