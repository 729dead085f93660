/** Functions as Lambda has them: bundles, in a process of their own, with nothing of AWS but an address and a role's keys. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildFunctions } from '../../infra/build.ts'
import type { Handler } from '../../infra/local/definitions.ts'
import type { Call, Outcome } from './lambda-host.ts'

export interface Lambda {
  handlerOf(name: string): Handler
  close(): Promise<void>
}

/** In a folder above which there is no node_modules. */
export async function buildBundles(): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'star-bundles-'))
  await buildFunctions(folder)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export function openLambda(folder: string, endpointUrl: string, more: Record<string, string> = {}): Lambda {
  const env = {
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: 'ap-northeast-1',
    AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_SESSION_TOKEN: 'none',
    ...more,
  }
  const host = fork(join(import.meta.dirname, 'lambda-host.ts'), { cwd: folder, env, execArgv: [] })
  const waiting = new Map<number, (outcome: Outcome) => void>()
  host.on('message', (outcome: Outcome) => {
    waiting.get(outcome.id)?.(outcome)
    waiting.delete(outcome.id)
  })
  let calls = 0
  return {
    handlerOf: name => async (event, context) => {
      const id = ++calls
      const outcome = await new Promise<Outcome>(resolve => {
        waiting.set(id, resolve)
        // Functions in the context do not cross; the host has its own.
        host.send({ id, name, event, context: JSON.parse(JSON.stringify(context)) } satisfies Call)
      })
      if ('error' in outcome) throw Object.assign(new Error(outcome.error.message), { name: outcome.error.name })
      return outcome.value
    },
    close: () =>
      new Promise(resolve => {
        host.once('exit', () => resolve())
        host.disconnect()
        host.kill()
      }),
  }
}
