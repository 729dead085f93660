/** The local cloud that a command works on, with machines in memory, and what the command prints. */
import { expect, onTestFinished, vi } from 'vitest'
import { type Shown, show } from '../../cli/failure.ts'
import type { Local } from '../../cli/workflow.ts'
import { useClients } from '../../functions/shared/clients.ts'
import { useClock } from '../../functions/shared/clock.ts'
import { runWorkflow } from '../../infra/local/engine.ts'
import { type LabOptions, openLab } from '../statemachines/lab.ts'

export function openLocalLab(options: LabOptions = {}) {
  const lab = openLab(options)
  const { home, cloud, machines: driver } = lab
  useClients(cloud)
  useClock(cloud.clock.now)
  const nothing = async () => {}
  const run: Local['run'] = (machine, input, how) => runWorkflow(cloud, machine, input, how)
  const local: Local = { home, cloud, driver, run, prepare: nothing, clear: nothing, close: nothing }

  const printed: string[] = []
  const said: string[] = []
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(line => void printed.push(String(line))),
    vi.spyOn(console, 'error').mockImplementation(line => void said.push(String(line))),
    vi.spyOn(process.stdout, 'write').mockReturnValue(true),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return {
    ...lab,
    local,
    /** Lines on standard output, but for the steps of a workflow. */
    printed,
    /** Lines on standard error. */
    said,
  }
}

/** With an array that has room for more LUNs. */
export async function openBuilt(options: LabOptions = {}) {
  const lab = openLocalLab(options)
  expect(await lab.run('provision-array', { disks: { size: '20G' } })).toMatchObject({ status: 'SUCCEEDED' })
  return lab
}

/** What a person would see of it, and the exit code. */
export async function failure(work: Promise<unknown>): Promise<Shown> {
  const end = await work.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('value' in end) throw new Error(`it ended well, with ${end.value}`)
  return show(end.error)
}
