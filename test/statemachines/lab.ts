/** A lab in memory that goes with the test it was opened in. */
import { onTestFinished } from 'vitest'
import { type Lab, type LabOptions, openMemoryLab } from './memory-lab.ts'

export type { Fault, Lab, LabOptions } from './memory-lab.ts'

export function openLab(options: LabOptions = {}): Lab {
  const lab = openMemoryLab(options)
  onTestFinished(lab.close)
  return lab
}

/** As the SDK's service exceptions look. */
export function refusal(name: string, message = name): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: {} })
}

/** A fault that always answers so. */
export const failing = (name: string, message?: string) => (): never => {
  throw refusal(name, message)
}
