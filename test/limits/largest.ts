/** The largest arrays that a request may ask for. Which of them is the largest depends on what is measured. */
import type { RequestInput } from '../../functions/shared/request.ts'

const disks = { count: 16, size: '1T', iops: 100 }
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(3, '0'))
const hosts = numbers(16).map(() => ({}))

/** All have 256 LUNs, 16 disks and 16 hosts. The last LUNs of each have no name of their own: at least 128 of them. */
export const largest: [what: string, request: RequestInput & { luns: object[] }][] = [
  ['names that are given', { disks, luns: [{ count: 256 }], hosts }],
  [
    'hosts with the longest names there are',
    {
      disks,
      luns: [{ count: 256 }],
      hosts: numbers(16).map(i => ({ name: 'h'.repeat(60) + i, initiator: `iqn.2023-09.a:${i}`.padEnd(223, 'x') })),
    },
  ],
  [
    'as many LUNs with the longest names as a record holds',
    { disks, luns: [...numbers(110).map(i => ({ name: `ABCDEFG${i}` })), { count: 146 }], hosts },
  ],
]
