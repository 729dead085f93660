/** Which array a command means, and what is there of it. */
import { allArrays } from '../functions/shared/arrays.ts'
import { NoSuchArray } from '../functions/shared/errors.ts'
import { findDisks, findNodes } from '../functions/shared/picture.ts'
import { star } from './chosen.ts'
import { Mistake } from './failure.ts'
import { count } from './table.ts'

/** The array that is meant: the one that was named, or the only one there is. */
export async function chooseArray(named: string | undefined): Promise<string> {
  const arrays = await allArrays()
  if (named !== undefined) {
    if (arrays.includes(named)) return named
    throw new NoSuchArray(`there is no array ${named}${arrays.length > 0 ? `; there is ${arrays.join(', ')}` : ''}`)
  }
  if (arrays.length > 1) throw new Mistake(`--array: which one? There is ${arrays.join(', ')}`)
  if (arrays[0] === undefined) throw new NoSuchArray(`there is no array; ${star('up')} makes one`)
  return arrays[0]
}

/** `2 controllers, 1 host and 2 disks`, or undefined when nothing is left. */
export async function leftOf(array: string): Promise<string | undefined> {
  const nodes = await findNodes(array)
  const of = (role: string) => nodes.filter(node => node.role === role).length
  const parts = [
    [of('controller'), 'controller'],
    [of('host'), 'host'],
    [(await findDisks(array)).length, 'disk'],
  ] as const
  const words = parts.filter(([n]) => n > 0).map(([n, what]) => count(n, what))
  return words.length === 0 ? undefined : words.join(', ').replace(/, ([^,]*)$/, ' and $1')
}
