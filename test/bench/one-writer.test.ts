import { describe, expect, it } from 'vitest'
import { activeOnTwo, type Burst, type Owner, writesOfTwo } from '../../bench/array-faults/one-writer.ts'

/** A burst a tenth of a second long, at each of these seconds. */
const writes = (node: string, ...seconds: number[]): Burst[] =>
  seconds.map(at => ({ node, from: at * 1000 - 100, to: at * 1000, writes: 5 }))
const owned = (node: string, from: number, to: number): Owner => ({ node, from: from * 1000, to: to * 1000 })
const moved = [owned('a', 0, 10), owned('b', 10.1, 30)]

describe('writes of two', () => {
  it('are none where the pool moves once the former owner is silent', () => {
    expect(writesOfTwo([...writes('a', 1, 2, 7), ...writes('b', 9.8, 10.5, 12)], moved)).toEqual([])
  })

  it('are none where the pool moves there and back', () => {
    const owners = [...moved, owned('a', 30.1, 50)]
    const bursts = [...writes('a', 1), ...writes('b', 9.9, 20, 29), ...writes('a', 30, 31, 49)]
    expect(writesOfTwo(bursts, owners)).toEqual([])
  })

  it('are told where the former owner writes once more after the move', () => {
    expect(writesOfTwo([...writes('a', 1, 11), ...writes('b', 9.9, 12)], moved)).toEqual([
      "a wrote (5 writes) 0.8 s after the pool had become b's",
    ])
  })

  it('are told where the former owner goes on while the other one takes over', () => {
    expect(writesOfTwo([...writes('a', 9), ...writes('b', 8.5, 12)], moved)).toEqual([
      'a wrote 0.4 s after b had begun to take the pool over',
    ])
  })

  it('are told where somebody writes who neither has the pool nor is about to', () => {
    const late = [owned('a', 0, 40), owned('b', 40.1, 60)]
    expect(writesOfTwo(writes('b', 3), late)).toEqual(["b wrote (5 writes) 2.9 s after the pool had become a's"])
    expect(writesOfTwo(writes('c', 12), moved)).toHaveLength(1)
  })

  it('are none where who takes over hangs in the middle of that; the former owner has to be silent all the same', () => {
    const late = [owned('a', 0, 62), owned('b', 62.1, 160)]
    const bursts = [...writes('a', 1, 5), ...writes('b', 19.2, 58.3, 63)]
    const hang = (node: string) => [{ node, from: 20_000, to: 58_000 }]
    expect(writesOfTwo(bursts, late, hang('b'))).toEqual([])
    expect(writesOfTwo(bursts, late, hang('a'))).toEqual(["b wrote (5 writes) 19.1 s after the pool had become a's"])
    expect(writesOfTwo([...bursts, ...writes('a', 40)], late, hang('b'))).toContain(
      'a wrote 20.7 s after b had begun to take the pool over',
    )
  })
})

describe('a pool that is active on two', () => {
  const span = (node: string, from: number, to: number) => ({ node, from: from * 1000, to: to * 1000 })

  it('is told, with how long', () => {
    expect(activeOnTwo([span('a', 0, 10), span('b', 8.5, 20)])).toEqual(['the pool was active on a and b for 1.5 s'])
  })

  it('is none where one follows the other, as closely as clocks can tell', () => {
    expect(activeOnTwo([span('a', 0, 10), span('b', 9.8, 20), span('a', 20, 30)])).toEqual([])
  })
})
