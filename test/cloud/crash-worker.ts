import { systemClock } from '../../infra/local/clock.ts'
import type { MachineDriver } from '../../infra/local/driver.ts'
import { memoryDriver } from '../../infra/local/memory-driver.ts'
import { openLab } from './contract/lab.ts'

/**
 * `crash-worker.ts <home> <call> <action> [id…]`: a command that is killed in the middle. It does `action` in the cloud
 * at `home`, whose machines it believes to run, and dies without a word when it comes to the driver's `call`.
 */
const [home = '', call = '', action = '', ...ids] = process.argv.slice(2)

const driver: MachineDriver = {
  ...memoryDriver({ clock: systemClock }),
  state: async () => 'running',
  [call]: () => process.kill(process.pid, 'SIGKILL'),
}
const lab = openLab({ name: '', home, driver, clock: systemClock, real: false, cut() {}, dispose() {} })
const {
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  DetachVolumeCommand,
  DeleteVolumeCommand,
} = await import('@aws-sdk/client-ec2')
const [first = '', second = ''] = ids

switch (action) {
  case 'launch':
    await lab.launch(1, { ClientToken: 'crash' })
    break
  case 'start':
    // The worker believes all machines to run: this one it has to believe stopped.
    driver.state = async () => 'stopped'
    await lab.ec2.send(new StartInstancesCommand({ InstanceIds: [first] }))
    break
  case 'stop':
    await lab.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }))
    break
  case 'terminate':
    await lab.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
    break
  case 'create':
    await lab.volume()
    break
  case 'delete':
    await lab.ec2.send(new DeleteVolumeCommand({ VolumeId: first }))
    break
  case 'attach':
    await lab.attach(first, second)
    break
  case 'detach':
    await lab.ec2.send(new DetachVolumeCommand({ VolumeId: first, InstanceId: second }))
    break
  case 'send':
    await lab.send('Test-exit', first, { code: '5' })
    break
}
process.exit(3)
