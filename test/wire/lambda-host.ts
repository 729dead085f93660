/** Lambda's part in another process: loads bundles from the folder it runs in and calls their handlers. */
import { pathToFileURL } from 'node:url'

export interface Call {
  id: number
  name: string
  event: unknown
  context: Record<string, unknown>
}

export type Outcome = { id: number; value: unknown } | { id: number; error: { name: string; message: string } }

process.on('message', async ({ id, name, event, context }: Call) => {
  const outcome = await run(name, event, context).then(
    (value): Outcome => ({ id, value }),
    ({ name, message }: Error): Outcome => ({ id, error: { name, message } }),
  )
  process.send?.(outcome)
})

async function run(name: string, event: unknown, context: object): Promise<unknown> {
  const { handler } = await import(pathToFileURL(`${process.cwd()}/${name}/index.mjs`).href)
  return await handler(event, { ...context, getRemainingTimeInMillis: () => 60_000 })
}
