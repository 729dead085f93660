import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests build and remove arrays: on this computer, whatever the shell is set to.
delete process.env.STAR_CLOUD

/** Vitest leaves one out unless told otherwise: of two, that is half of the time. */
const processors = availableParallelism()

/**
 * `fast`: seconds, no machine is started. `sequences`: random operations with random kills, in memory and in virtual
 * time; a minute or two. `faults`: every call and document of every workflow going wrong, likewise. `e2e`: the whole
 * array on real machines, one file after the other, because two arrays at once on two cores would only measure each other.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/{sequences,faults}/part-*.test.ts'],
          // Many run whole lives of arrays; the slowest takes 15 s where nothing runs beside it.
          testTimeout: 60_000,
          hookTimeout: 30_000,
          maxWorkers: processors,
        },
      },
      {
        test: {
          name: 'sequences',
          include: ['test/sequences/part-*.test.ts'],
          maxWorkers: processors,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/part-*.test.ts'],
          maxWorkers: processors,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // A quarter of an hour or more: it runs when it is asked for.
          exclude: process.env.STAR_E2E === 'all' ? [] : ['test/e2e/sequences.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { concurrent: false, shuffle: false },
          testTimeout: 30 * 60_000,
          hookTimeout: 30 * 60_000,
          // A failed step leaves nothing for the next ones to stand on.
          bail: 1,
        },
      },
    ],
  },
})
