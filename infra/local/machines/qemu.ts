import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { copyFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MachineSpec } from '../driver.ts'
import type { NodeImage } from './image.ts'
import { endProcess, livingPid, run } from './process.ts'

/** Free root ports for volumes that are attached while the machine runs: 16 of the pool at most, and one for fencing. */
const ports = 17

/** One machine's folder and the names of what lies in it. */
export function machineFiles(home: string, id: string) {
  const folder = join(home, 'machines', id)
  return {
    folder,
    root: join(folder, 'root.qcow2'),
    /** Where the node image lies that its root disk stands on, and that it boots with. */
    image: join(folder, 'image'),
    pid: join(folder, 'pid'),
    qmp: join(folder, 'qmp'),
    agent: join(folder, 'agent'),
    /** Its port to the power switch. */
    power: join(folder, 'power'),
    console: join(folder, 'console'),
    consoleLog: join(folder, 'console.log'),
  }
}

export type MachineFiles = ReturnType<typeof machineFiles>

/** An image that was made of a machine: that machine's root disk, and the node image below it. */
export function imageFiles(home: string, imageId: string) {
  const folder = join(home, 'images', imageId)
  return { folder, root: join(folder, 'root.qcow2'), image: join(folder, 'image') }
}

export function volumeFile(home: string, volumeId: string): string {
  return join(home, 'volumes', `${volumeId}.raw`)
}

/** A volume's NVMe serial as EC2 has it: the id without its dash, 20 characters. */
export function serialOf(volumeId: string): string {
  return volumeId.replace('-', '')
}

/** Boots a machine from its root disk (made from the image at its first start); its QEMU becomes a daemon. */
export async function startQemu(home: string, machine: MachineSpec, image: NodeImage, net: string): Promise<void> {
  const files = machineFiles(home, machine.id)
  // A unix socket's path has 107 characters at most (sockaddr_un).
  if (files.console.length > 107) {
    throw new Error(`${home} is too long a path for unix sockets: set STAR_HOME to a shorter one`)
  }
  mkdirSync(files.folder, { recursive: true })
  if (!existsSync(files.root)) await makeRoot(home, machine, image)
  const boot = readFileSync(files.image, 'utf8')
  const machineId = createHash('md5').update(machine.id).digest('hex')
  const kernel = [
    'root=/dev/vda rw loglevel=3 console=ttyS0,115200 mitigations=off nokaslr random.trust_cpu=on audit=0 net.ifnames=0 8250.nr_uarts=1',
    `nr_cpus=${machine.vcpus} systemd.machine_id=${machineId} star.address=${machine.address}/16 star.instance=${machine.id}`,
  ].join(' ')
  await run('nice', [
    ...['-n', machine.yields ? '8' : '0', 'qemu-system-x86_64'],
    ...['-name', machine.id, '-machine', 'q35', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...accelerator(machine.vcpus),
    ...['-m', String(machine.memoryMiB), '-daemonize', '-pidfile', files.pid],
    ...['-kernel', join(boot, 'vmlinuz'), '-initrd', join(boot, 'initrd'), '-append', kernel],
    ...['-drive', `if=none,id=root,file=${files.root},format=qcow2,cache=unsafe,discard=unmap`],
    ...['-device', 'virtio-blk-pci,drive=root', '-device', 'virtio-rng-pci'],
    ...['-netdev', `vde,id=net,sock=${net}`, '-device', `virtio-net-pci,netdev=net,mac=${macOf(machine.id)}`],
    ...['-qmp', `unix:${files.qmp},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=agent,path=${files.agent},server=on,wait=off`],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...(machine.switched ? powerPort(files) : []),
    ...['-chardev', `socket,id=tty,path=${files.console},server=on,wait=off,logfile=${files.consoleLog},logappend=on`],
    ...['-serial', 'chardev:tty'],
    ...Array.from({ length: ports }, (_, n) => ['-device', `pcie-root-port,id=port${n},chassis=${n + 1}`]).flat(),
    ...machine.volumes.flatMap((volume, n) => [
      ...['-blockdev', JSON.stringify(blockNode(home, volume))],
      ...['-device', JSON.stringify(nvmeDevice(volume, n))],
    ]),
  ])
}

/** After the agent's, whose place is the first. In the machine it is /dev/virtio-ports/star.power. */
function powerPort(files: MachineFiles): string[] {
  const socket = ['-chardev', `socket,id=power,path=${files.power},server=on,wait=off`]
  return [...socket, '-device', 'virtserialport,chardev=power,name=star.power']
}

/** It is there once it is whole. */
async function makeRoot(home: string, machine: MachineSpec, image: NodeImage): Promise<void> {
  const files = machineFiles(home, machine.id)
  const made = `${files.root}.new`
  if (machine.image) {
    const saved = imageFiles(home, machine.image)
    await copyFile(saved.image, files.image)
    await copyFile(saved.root, made, constants.COPYFILE_FICLONE)
  } else {
    if (!existsSync(image.folder)) throw new Error(`there is no node image ${image.name}: ./star up builds it`)
    await writeFile(files.image, image.folder)
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', join(image.folder, 'root.qcow2'), made])
  }
  await rename(made, files.root)
}

/** Cuts the power: the QEMU process is killed, as a rack that loses its mains. */
export async function cutPower(files: MachineFiles, id: string): Promise<void> {
  await endProcess(files.pid, id, 'SIGKILL')
  for (const file of [files.qmp, files.agent, files.power, files.console]) rmSync(file, { force: true })
}

export function runs(files: MachineFiles, id: string): boolean {
  return livingPid(files.pid, id) !== undefined
}

/** The shared disk's file, opened without a lock because the partner's machine has it open as well, past the page cache. */
export function blockNode(home: string, volumeId: string) {
  return {
    'node-name': serialOf(volumeId),
    driver: 'raw',
    file: { driver: 'file', filename: volumeFile(home, volumeId), locking: 'off', aio: 'native' },
    cache: { direct: true },
  }
}

export function nvmeDevice(volumeId: string, port: number) {
  const serial = serialOf(volumeId)
  return { driver: 'nvme', id: `nvme-${serial}`, serial, drive: serial, bus: `port${port}`, 'share-rw': true }
}

/**
 * KVM needs the CPU's virtualisation and a usable device: /dev/kvm alone can be there and hang.
 *
 * Without it QEMU has room for one processor more than the machine has. A machine that can only ever have one is
 * translated without memory barriers before QEMU 8.1, though its devices run in another thread: a driver's "is there
 * somebody to wake" then passes its own "here is work", and a disk under load stops for good. `nr_cpus` keeps the
 * guest's kernel at what it has.
 */
function accelerator(vcpus: number): string[] {
  const cpu = readFileSync('/proc/cpuinfo', 'utf8')
  if (process.env.STAR_ACCELERATOR !== 'tcg' && /^flags.*\b(vmx|svm)\b/m.test(cpu) && usable('/dev/kvm')) {
    return ['-accel', 'kvm', '-cpu', 'host', '-smp', String(vcpus)]
  }
  return ['-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'max', '-smp', `cpus=${vcpus},maxcpus=${vcpus + 1}`]
}

function usable(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function macOf(id: string): string {
  const digest = createHash('md5').update(id).digest('hex')
  return `52:54:00:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`
}
