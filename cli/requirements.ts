/** The Debian packages that the local cloud needs: found, installed after saying so, or named with the line that installs them. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Mistake } from './failure.ts'

const packageOf: Record<string, string> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  vde_switch: 'vde2',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  cpio: 'cpio',
}

export function missingPackages(path = process.env.PATH ?? ''): string[] {
  // mke2fs lies in /sbin, which is not on every user's PATH.
  const folders = [...path.split(delimiter), '/usr/sbin', '/sbin'].filter(folder => folder !== '')
  return Object.entries(packageOf)
    .filter(([program]) => !folders.some(folder => isProgram(join(folder, program))))
    .map(([, name]) => name)
}

/** Installs what is missing where root or sudo without a password allows; throws Mistake with the line to run otherwise. */
export function ensureRequirements(say: (line: string) => void): void {
  const missing = missingPackages()
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  const root = process.getuid?.() === 0
  if (!succeeds('apt-get', ['--version'])) {
    throw new Mistake(
      `the local cloud needs ${Object.keys(packageOf).join(', ')}, and this system has no apt-get. ` +
        `Install them (Debian calls the missing packages ${missing.join(' ')}) and run the command again`,
    )
  }
  if (!root && !succeeds('sudo', ['-n', 'true'])) {
    throw new Mistake(`these Debian packages are missing: ${missing.join(' ')}. Run this once:\n  sudo ${line}`)
  }
  say(`installing Debian packages: ${missing.join(' ')}`)
  const prefix = root ? ['env'] : ['sudo', '-n', 'env']
  // A fresh machine has no package lists; an old one has stale ones.
  apt([...prefix, 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'update', '-qq'], line)
  apt([...prefix, 'DEBIAN_FRONTEND=noninteractive', ...line.split(' '), '-qq'], line)
  const still = missingPackages()
  if (still.length > 0) throw new Mistake(`apt-get ended well, yet the programs of ${still.join(' ')} are not there`)
}

function apt([program = '', ...args]: string[], line: string): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (status === 0) return
  throw new Mistake(
    `apt-get failed:\n${`${stdout}${stderr}`.trim()}\nPut that right, or install them yourself: ${line}`,
  )
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const succeeds = (program: string, args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
