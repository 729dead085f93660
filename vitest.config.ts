import { defineConfig } from 'vitest/config'

/**
 * `fast`: seconds, no machine is started. `e2e`: the whole array on real machines, one file after the other, because
 * two arrays at once on two cores would only measure each other.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { concurrent: false, shuffle: false },
          testTimeout: 20 * 60_000,
          hookTimeout: 20 * 60_000,
          // A failed step leaves nothing for the next ones to stand on.
          bail: 1,
        },
      },
    ],
  },
})
