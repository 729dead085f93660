/**
 * quiesce-host on a host whose kernel tables are files: what stands on LUNs, who uses it, and that nothing else is touched.
 * Processes of a host are folders here; where one is to be ended, a real one is behind it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const text = documentText('files/quiesce-host.py')
const target = 'iqn.2023-09.test.use.only:star0001-target'
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Process {
  pid?: number
  name?: string
  cwd?: string
  fds?: string[]
  maps?: string[]
  mountinfo?: string
}

/** Two LUNs with two paths each: mpatha has a partition with a filesystem, mpathb an LVM volume with another. */
class Host extends Node {
  #mounts = ['22 1 8:1 / / rw - ext4 /dev/vda1 rw', '30 22 8:2 / /local rw - ext4 /dev/vda2 rw']

  constructor(os: 'debian-12' | 'rocky-8' = 'debian-12') {
    super(os, 'instance-1')
    this.put('/proc/swaps', 'Filename Type Size Used Priority\n/dev/vda3 partition 1 0 -2\n')
    for (const session of [1, 2]) {
      this.put(`/sys/class/iscsi_session/session${session}/targetname`, `${target}\n`)
      this.put(`/sys/class/iscsi_session/session${session}/state`, 'LOGGED_IN\n')
      this.put(`/sys/class/iscsi_session/session${session}/recovery_tmo`, '5\n')
    }
    for (const [i, disk] of ['sda', 'sdb', 'sdc', 'sdd'].entries()) {
      this.#disk(disk, `8:${i * 16}`, `STAR-LUN${i >> 1}`, 1 + (i % 2), i < 2 ? 'dm-0' : 'dm-1')
    }
    this.#mapped('dm-0', '253:0', 'mpatha', 'dm-2')
    this.#mapped('dm-1', '253:1', 'mpathb', 'dm-3')
    this.#mapped('dm-2', '253:2', 'mpatha-part1')
    this.#mapped('dm-3', '253:3', 'vg-data')
    this.mount('253:2', '/data', '/dev/mapper/mpatha-part1')
    this.mount('253:3', '/data/my\\040db', '/dev/mapper/vg-data')
    this.process({ pid: 1, name: 'systemd', cwd: '/data' })
    this.process({ name: 'multipathd', fds: ['/dev/sda', '/dev/dm-0'] })
    this.process({ name: 'sshd', cwd: '/', fds: ['/dev/null', '/local/file', '/database'] })
  }

  #disk(name: string, number: string, model: string, session: number, holder?: string) {
    const device = `/sys/devices/platform/host${session}/session${session}/target/${name}`
    this.put(`${device}/model`, `${model}\n`)
    this.put(`/sys/block/${name}/dev`, `${number}\n`)
    symlinkSync(this.path(device), this.path(`/sys/block/${name}/device`))
    if (holder) this.put(`/sys/block/${name}/holders/${holder}`, '')
  }

  #mapped(kernel: string, number: string, name: string, holder?: string) {
    this.put(`/sys/block/${kernel}/dev`, `${number}\n`)
    this.put(`/sys/block/${kernel}/dm/name`, `${name}\n`)
    if (holder) this.put(`/sys/block/${kernel}/holders/${holder}`, '')
  }

  /** A disk of some other array, mounted too. */
  stranger() {
    this.put('/sys/class/iscsi_session/session9/targetname', 'iqn.2000-01.org.example:other\n')
    this.put('/sys/class/iscsi_session/session9/state', 'LOGGED_IN\n')
    this.#disk('sdx', '65:0', 'STAR-LUN0', 9, 'dm-9')
    this.#disk('sdy', '65:16', 'VIRTUAL-DISK', 1)
    this.#mapped('dm-9', '253:9', 'mpathx')
    this.mount('253:9', '/other', '/dev/mapper/mpathx')
    this.mount('65:16', '/usb', '/dev/sdy')
    this.process({ name: 'other', cwd: '/other', fds: ['/usb/x', '/dev/dm-9'] })
  }

  mount(number: string, point: string, source: string) {
    this.#mounts.push(
      `${40 + this.#mounts.length} 22 ${number} / ${point} rw shared:1 - ext4 ${this.contain(source)} rw`,
    )
    this.put('/proc/self/mountinfo', `${this.#mounts.join('\n')}\n`)
  }

  /** As after a run that did everything. */
  emptied() {
    this.put('/proc/self/mountinfo', `${this.#mounts.slice(0, 2).join('\n')}\n`)
    for (const path of ['/sys/block', '/sys/class/iscsi_session']) rmSync(this.path(path), { recursive: true })
  }

  #pids = 100_000_000
  process({ pid = ++this.#pids, name = 'x', cwd = '/', fds = [], maps = [], mountinfo = '' }: Process): number {
    const folder = `/proc/${pid}`
    this.put(`${folder}/comm`, `${name}\n`)
    this.put(`${folder}/maps`, maps.map(path => `7f00-7f01 r--p 0000 fd:02 77    ${path}\n`).join(''))
    this.put(`${folder}/mountinfo`, mountinfo)
    mkdirSync(this.path(`${folder}/fd`))
    symlinkSync(cwd, this.path(`${folder}/cwd`))
    for (const [i, path] of fds.entries()) symlinkSync(this.contain(path), this.path(`${folder}/fd/${i}`))
    return pid
  }

  /** A process that is really there, and ends at a signal or not. */
  real(place: Process, script = 'sleep 60'): number {
    const child = spawn('bash', ['-c', script], { stdio: 'ignore' })
    children.push(child)
    const pid = this.process({ ...place, pid: child.pid as number })
    symlinkSync(`/proc/${pid}/stat`, this.path(`/proc/${pid}/stat`))
    return pid
  }

  command(name: string, script: string) {
    rmSync(this.path(`/bin/${name}`))
    const recorded = `#!/bin/bash\necho "${name} $*" >>"$NODE_ROOT/commands"\n${script}\n`
    writeFileSync(this.path(`/bin/${name}`), recorded, { mode: 0o755 })
  }

  quiesce(force: 'yes' | 'no' = 'no') {
    // A test waits a second, not ten, before it makes a process end.
    const program = text
      .replaceAll(/\/proc\b/g, this.path('/proc'))
      .replace('(signal.SIGTERM, 10)', '(signal.SIGTERM, 1)')
    return this.python(program, 'star0001', force)
  }
}

const everything = [
  'umount /data/my db',
  'umount /data',
  'dmsetup remove --retry vg-data mpathb mpatha-part1 mpatha',
  'iscsiadm --mode session --sid 1 --logout',
  'iscsiadm --mode session --sid 2 --logout',
]

describe('quiesce-host', () => {
  it('unmounts from the top, takes the devices away from the top, and logs out', () => {
    const host = new Host()

    const { status, report } = host.quiesce()

    expect(status).toBe(0)
    expect(host.commands()).toEqual(everything)
    expect(report.unmounted).toEqual(['/data/my db', '/data'])
    expect(report.changed).toHaveLength(5)
  })

  it('leaves node records as they are, so that the host logs in again at its next boot', () => {
    const host = new Host()
    host.quiesce()

    expect(host.commands().filter(command => /--op|--mode node|node\.startup/.test(command))).toEqual([])
  })

  it('can run twice: the second run has nothing to do', () => {
    const host = new Host()
    host.quiesce()
    host.commands()
    host.emptied()

    expect(host.quiesce().report).toEqual({ changed: [], unmounted: [] })
    expect(host.commands()).toEqual([])
  })

  it('touches nothing that is not on LUNs of this array, nor who uses it', () => {
    const host = new Host()
    host.stranger()

    expect(host.quiesce().status).toBe(0)
    expect(host.commands()).toEqual(everything)
  })

  it.each<[string, Process, string]>([
    ['stands in a filesystem', { name: 'bash', cwd: '/data/here' }, '/data: bash (100000003)'],
    ['has a file open', { name: 'db', fds: ['/dev/null', '/data/my db/t'] }, '/data/my db: db (100000003)'],
    ['has a file mapped', { name: 'java', maps: ['/data/lib one.so'] }, '/data: java (100000003)'],
    ['has the device itself open', { name: 'dd', fds: ['/dev/dm-1'] }, '/dev/mapper/mpathb: dd (100000003)'],
  ])('refuses before the first change while a process %s, and names it', (_, process, line) => {
    const host = new Host()
    host.process(process)

    const { status, stderr } = host.quiesce()

    expect(status).toBe(1)
    expect(stderr.replaceAll(host.root, '')).toBe(
      `error: LUNs of star0001 are in use. End this, or stop the array by force:\n${line}\n`,
    )
    expect(host.commands()).toEqual([])
  })

  it('names every place, and not more processes than a person reads', () => {
    const host = new Host()
    host.process({ name: 'dd', fds: ['/dev/dm-0'] })
    for (let i = 0; i < 12; i++) host.process({ name: 'w', cwd: '/data' })

    const { stderr } = host.quiesce()

    expect(stderr).toMatch(/\n\/data: (w \(\d+\), ){10}2 more\n/)
    expect(stderr).toMatch(/\/dev\/mapper\/mpatha: dd \(\d+\)\n/)
  })

  it('refuses where something that is no LUN is mounted below', () => {
    const host = new Host()
    host.mount('8:99', '/data/usb', '/dev/vdb1')

    const { status, stderr } = host.quiesce()

    expect([status, host.commands()]).toEqual([1, []])
    expect(stderr).toContain('/data: /data/usb is mounted below it')
  })

  it('unmounts a filesystem with a device number of its own (btrfs) by its source', () => {
    const host = new Host()
    host.mount('0:45', '/pictures', '/dev/mapper/vg-data')

    expect(host.quiesce().report.unmounted).toEqual(['/pictures', '/data/my db', '/data'])
  })

  it('takes swap away that lies on a LUN, and no other', () => {
    const host = new Host()
    host.put('/proc/swaps', `Filename\n/dev/vda3 partition\n${host.contain('/dev/dm-1')} partition\n`)
    host.quiesce()

    expect(host.commands()[0]).toMatch(/^swapoff \S*\/dev\/dm-1$/)
  })

  it('does not wait for a controller that is gone: what is queued for it fails at once', () => {
    const host = new Host()
    host.put('/sys/class/iscsi_session/session2/state', 'FAILED\n')
    host.quiesce()

    expect(host.read('/sys/class/iscsi_session/session2/recovery_tmo')).toBe('0')
    expect(host.read('/sys/class/iscsi_session/session1/recovery_tmo')).toBe('5\n')
  })

  it('fails where a filesystem stays mounted, a device stays, or a session does; the words are the command’s own', () => {
    for (const [command, said] of [
      ['umount', 'umount: /data/my db: target is busy.'],
      ['dmsetup', 'device-mapper: remove ioctl on vg-data failed'],
      ['iscsiadm', 'iscsiadm: could not logout'],
    ] as const) {
      const host = new Host()
      host.command(command, `echo '${said}' >&2; exit 1`)
      const { status, stderr } = host.quiesce()
      expect([status, stderr]).toEqual([1, expect.stringContaining(`error: ${said}`)])
    }
  })

  it('names who has it mounted still in a namespace of its own, such as a container', () => {
    const host = new Host()
    host.process({ name: 'container', mountinfo: '40 22 253:3 / /data rw - ext4 /dev/mapper/vg-data rw' })
    host.command('dmsetup', 'echo busy >&2; exit 1')

    expect(host.quiesce().stderr).toContain('error: busy\nstill mounted for: container (100000003)')
  })
})

describe('quiesce-host by force', () => {
  it('ends the processes that use LUNs, one that does not heed the first signal too', () => {
    const host = new Host()
    const meek = host.real({ name: 'db', cwd: '/data' })
    const stubborn = host.real({ name: 'dd', fds: ['/dev/dm-0'] }, 'trap "" TERM; while :; do sleep 0.1; done')
    const other = host.real({ name: 'other', cwd: '/local' })

    const { status, report, stderr } = host.quiesce('yes')

    expect(status).toBe(0)
    expect(stderr).toContain(`/data: db (${meek})`)
    const ended = [`process db (${meek}) ended`, `process dd (${stubborn}) ended`]
    expect(report.changed.filter(what => what.endsWith('ended')).sort()).toEqual(ended.sort())
    const gone = (pid: number) => children.find(child => child.pid === pid)?.signalCode
    expect([host.commands(), gone(other)]).toEqual([everything, null])
  })

  it('goes on past what does not let go, and lets nothing queue', () => {
    const host = new Host()
    for (const command of ['umount', 'iscsiadm']) host.command(command, 'exit 32')
    host.command('dmsetup', '[ "$1" = message ]')

    const { status, report, stderr } = host.quiesce('yes')

    expect(status).toBe(0)
    expect(report).toEqual({ changed: [], unmounted: [] })
    expect(stderr).toContain('warning: umount: exit status 32')
    expect(host.commands()).toContain('dmsetup message mpatha 0 fail_if_no_path')
    expect(host.commands()).toEqual([])
  })
})

it.each(['debian-12', 'rocky-8'] as const)('%s: a host that was never prepared has nothing to let go of', os => {
  const node = new Node(os)
  const { report } = node.document('quiesce-host', { array: 'star0001', force: 'no' })

  expect(report).toEqual({ changed: [], unmounted: [] })
  expect(node.commands()).toEqual([])
})
