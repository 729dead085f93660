/**
 * What the local cloud needs of the thing that runs machines. Two drivers have it: `machines/` (QEMU) and the
 * in-memory one of the fast tests. The EC2, EBS and SSM rules live above this line, in the cloud model; a driver
 * only starts, stops, plugs and runs.
 */

export interface MachineSpec {
  /** EC2 instance id, `i-` and 17 hex digits. */
  id: string
  /** Private IPv4 address in the local VPC, 172.31.0.0/16. */
  address: string
  memoryMiB: number
  vcpus: number
  /** An image that `saveImage` made: its root disk begins as that one's. Else as the node image's. */
  image?: string
  /** Leaves the processors to the other machines where they are scarce. */
  yields?: boolean
  /** Its partner may have its power cut: it is wired to the power switch, where the driver has one. */
  switched?: boolean
  /** Volumes that are plugged from the start: those attached while the machine was stopped. */
  volumes: string[]
}

/** `starting` and `stopping` do not exist here: the model derives EC2's transitional states from its own record. */
export type MachineState = 'running' | 'stopped' | 'absent'

export interface Script {
  commandId: string
  /** The whole text, as the agent would write it to its file: run by `sh -c <file>`, so a first line `#!` is honoured. */
  text: string
  /** Seconds until SIGKILL to the whole process group. */
  timeoutSeconds: number
  /** Which document and which parameters it came from: an in-memory machine answers by these. */
  document: string
  parameters: Record<string, string>
}

export type ScriptResult =
  | { state: 'InProgress' }
  /** `lost`: the machine rebooted or was switched off while the script ran, by other means than exit 194. */
  | { state: 'Ended'; exitCode: number; stdout: string; stderr: string; timedOut: boolean; lost: boolean }

export interface MachineDriver {
  /** Makes the root disk if there is none, then starts the machine. Returns once its process runs; a running machine is left alone. */
  start(machine: MachineSpec): Promise<void>
  state(id: string): Promise<MachineState>
  /** Cuts the power at once, or asks the guest to shut down. Returns when the machine is off. */
  stop(id: string, how: { force: boolean }): Promise<void>
  /** Asks the guest to reboot; returns at once. */
  reboot(id: string): Promise<void>
  /** Cuts the power and removes every file of the machine. Nothing happens if there is none. */
  destroy(id: string): Promise<void>

  /** Keeps the root disk of a machine that is off as an image, of which the machine then knows nothing. */
  saveImage(id: string, imageId: string): Promise<void>
  /** Machines that began with it go on without it. Nothing happens if there is none. */
  removeImage(imageId: string): Promise<void>

  createDisk(volumeId: string, sizeGiB: number): Promise<void>
  deleteDisk(volumeId: string): Promise<void>
  /** Plugs a disk into a running machine, seen there as `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_<vol…>`. */
  plug(id: string, volumeId: string): Promise<void>
  unplug(id: string, volumeId: string): Promise<void>

  /** True once the machine's agent answers. Never throws, and answers within 3 s. */
  ping(id: string): Promise<boolean>
  /** Hands a script over and returns; a command id that the machine already has is not run twice. */
  send(id: string, script: Script): Promise<void>
  result(id: string, commandId: string): Promise<ScriptResult>
  /** Removes what the machine keeps of a script that has ended: its text and its output. */
  forget(id: string, commandId: string): Promise<void>

  /** Lets go of what the cloud as a whole holds (the network's switch). Called when the last machine is gone. */
  close(): Promise<void>
}
