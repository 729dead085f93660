import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingPackages } from '../../cli/requirements.ts'
import { temporaryFolder } from '../temporary.ts'

const programs = ['qemu-system-x86_64', 'qemu-img', 'vde_switch', 'mmdebstrap', 'mke2fs', 'cpio']

function folderWith(...names: string[]): string {
  const folder = temporaryFolder('path')
  for (const name of names) {
    writeFileSync(join(folder, name), '')
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

describe('packages that the local cloud needs', () => {
  it('misses none where every program is there', () => {
    expect(missingPackages(folderWith(...programs))).toEqual([])
  })

  it('names the package of a program that is not there, and of one that cannot be run', () => {
    const folder = folderWith(...programs.filter(name => name !== 'vde_switch'))
    chmodSync(join(folder, 'qemu-img'), 0o644)
    // The test may run where /usr/sbin has the others: only what is missing everywhere counts.
    expect(missingPackages(folder)).toEqual(expect.arrayContaining(['qemu-utils', 'vde2']))
  })

  it('has each of them installed by CI, too', () => {
    const ci = readFileSync(join(import.meta.dirname, '../../.ci/run'), 'utf8')
    for (const name of missingPackages('/nowhere')) expect(ci).toContain(name)
  })
})
