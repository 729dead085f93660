/** A schedule on machines: the array starts and stops by itself while `star serve` runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { command, env, star, starOk } from './star.ts'

it('a schedule starts an array and stops it, by a clock that runs fast', async () => {
  // An hour of the calendar takes 30 s.
  await starOk('up', '--lun-size', '1G')
  await starOk('stop', '--yes')
  await starOk('schedule', '--start', '0 9 * * *', '--stop', '0 21 * * *', '--timezone', 'UTC')
  const serve = spawn(command, ['serve', '--port', '0', '--time', '2031-05-05T08:30:00Z', '--speed', '120'], {
    env,
    stdio: 'inherit',
  })
  try {
    await expect.poll(async () => (await star('status')).status, { timeout: 420_000, interval: 5_000 }).toBe(0)
    await expect.poll(async () => (await star('status')).status, { timeout: 900_000, interval: 5_000 }).toBe(4)
  } finally {
    serve.kill('SIGINT')
    await once(serve, 'exit')
  }
  await starOk('schedule', '--remove')
})
