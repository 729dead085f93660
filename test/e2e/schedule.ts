/** A schedule on machines: the array stops and starts by itself while `star serve` runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { command, env, star, starOk } from './star.ts'

/** The array runs, and runs again afterwards. */
export function scheduleTests(): void {
  it('a schedule stops an array and starts it, by a clock that runs fast', async () => {
    const status = async () => (await star('status')).status
    await starOk('schedule', '--stop', '0 21 * * *', '--start', '0 7 * * *', '--timezone', 'UTC')
    // An hour of the calendar takes 36 s, the night six minutes: more than a stop, which would else be taken for a person's.
    const clock = ['--time', '2031-05-05T20:50:00Z', '--speed', '100']
    const serve = spawn(command, ['serve', '--port', '0', ...clock], { env, stdio: ['inherit', 'pipe', 'inherit'] })
    let said = ''
    serve.stdout.on('data', text => {
      said += text
      process.stdout.write(text)
    })
    const hears = (what: RegExp, timeout: number) => expect.poll(() => said, { timeout, interval: 1_000 }).toMatch(what)
    try {
      await hears(/stop-array.*ended/, 300_000)
      expect(await status()).toBe(4)
      await hears(/start-array.*ended/, 1_200_000)
      expect(await status()).toBe(0)
    } finally {
      serve.kill('SIGINT')
      await once(serve, 'exit')
    }
    await starOk('schedule', '--remove')
  })
}
