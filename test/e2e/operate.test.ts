/** An array in operation, on machines, while a host writes: LUNs added, nodes rebooted, stopped, started, taken down. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { machineFiles } from '../../infra/local/machines/qemu.ts'
import { perfwebTests } from './perfweb.ts'
import { command, env, home, inspect, killAt, onNode, star, starOk } from './star.ts'
import { device, startWriter } from './writer.ts'

const array = 'star0001'
const host = 'instance-1'

afterAll(async () => {
  await star('down', '--array', array, '--yes')
  rmSync(home, { recursive: true, force: true })
})

const pidOf = async (node: string) => {
  const { nodes } = await inspect(array)
  const { instanceId = '' } = nodes.find(({ name }) => name === node) ?? {}
  return Number(readFileSync(machineFiles(home, instanceId).pid, 'utf8'))
}
const active = async () => (await inspect(array)).nodes.find(({ report }) => report?.role === 'ACTIVE')?.name ?? ''
/** As a power cut: nobody is asked, nothing is written down. */
const cutPower = async (node: string) => process.kill(await pidOf(node), 'SIGKILL')
const identities = async (luns: number) =>
  (await onNode(array, host, 'multipath -ll | grep -o "3600.*STAR-LUN.*"')).split('\n').sort().slice(0, luns)

describe('while a host writes', () => {
  it('LUNs are added, both nodes are rebooted, LUNs are added again: no error, nothing lost', async () => {
    await starOk('up', '--lun-size', '1G')
    const before = (await inspect(array)).nodes.map(({ report }) => report?.bootId)
    const names = await identities(6)
    const writer = await startWriter(array, host, 'LUN0')
    await writer.during('lun add (10)', () => starOk('lun', 'add', '--count', '10', '--size', '256M'))
    await writer.during('reboot', () => starOk('reboot', '--yes'))
    await writer.during('lun add (2, after the roles changed)', () =>
      starOk('lun', 'add', '--count', '2', '--size', '256M'),
    )
    const { writes, errors, bad } = await writer.stop()
    expect({ errors, bad }).toEqual({ errors: [], bad: [] })
    expect(writes).toBeGreaterThan(100)

    const { healthy, problems, nodes } = await inspect(array)
    expect({ healthy, problems }).toEqual({ healthy: true, problems: [] })
    expect(nodes.slice(0, 2).map(({ report }) => report?.bootId)).not.toContain(before[0])
    expect(nodes.slice(0, 2).map(({ report }) => report?.bootId)).not.toContain(before[1])
    expect(nodes[2]?.report?.bootId).toBe(before[2])
    // The same numbers, serials and WWIDs as ever; both controllers have the same lists.
    const seen = await onNode(array, host, 'multipath -ll | grep -o "3600.*STAR-LUN.*"')
    for (const name of names) expect(seen).toContain(name)
    const files =
      'cat /etc/star/lunlist /etc/star/hostlist /etc/target/saveconfig.json.active /etc/target/saveconfig.json.standby'
    const [first, second] = [await onNode(array, 'star0001-ctl1', files), await onNode(array, 'star0001-ctl2', files)]
    expect(first).toBe(second)
    expect(first.match(/^LUN\d+ \S+ \d+M$/gm)).toHaveLength(18)
  })

  it('adds once what is asked for twice, and completes what a power cut of ACTIVE left half done', async () => {
    const key = ['--key', 'one']
    const writer = await startWriter(array, host, 'LUN1')
    await writer.during('lun add with a power cut of ACTIVE', async () => {
      const cut = await active()
      const adding = star('lun', 'add', '--count', '3', '--size', '64M', ...key)
      await expect
        .poll(() => onNode(array, cut, 'lvs --noheadings -o lv_name STARpool'), { timeout: 180_000, interval: 500 })
        .toContain('LUN20')
      await cutPower(cut)
      await adding
      await starOk('lun', 'add', '--count', '3', '--size', '64M', '--key', 'two')
    })
    const { errors, bad } = await writer.stop()
    expect({ errors, bad }).toEqual({ errors: [], bad: [] })
    expect(await starOk('lun', 'add', '--count', '3', '--size', '64M', '--key', 'two')).toContain('nothing was changed')
    const { healthy, request } = await inspect(array)
    expect({ healthy, luns: request.luns?.reduce((sum, { count = 1 }) => sum + count, 0) }).toEqual({
      healthy: true,
      luns: 21,
    })
  })

  it('lets one of two through, and says to the other who is at it', async () => {
    const two = await Promise.all(['A', 'B'].map(name => star('lun', 'add', '--name', name, '--size', '32M')))
    expect(two.map(({ status }) => status).sort()).toEqual([0, 1])
    expect(two.find(({ status }) => status === 1)?.stderr).toMatch(
      /ArrayBusy: star0001 is being changed by add-luns since/,
    )
  })

  it('takes LUNs from an event, once', async () => {
    const file = join(home, 'event.json')
    const detail = { array, luns: [{ name: 'fromevent', size: '32M' }] }
    writeFileSync(file, JSON.stringify({ source: 'star.client', 'detail-type': 'LUNs Requested', detail }))
    await starOk('event', file)
    expect((await inspect(array)).request.luns?.map(({ name }) => name)).toContain('fromevent')
    rmSync(file)
  })
})

perfwebTests({ array, host, lun: 'LUN2', pictures: join(home, 'pictures') })

describe('stop and start', () => {
  const sum = 'mount $d /mnt && sha256sum </mnt/data && umount /mnt'
  let written = ''

  it('stops in order, and a second time there is nothing to do', async () => {
    const d = await device(array, host, 'LUN3')
    written = await onNode(
      array,
      host,
      `d=${d}; mkfs.ext4 -q $d && mount $d /mnt && head -c 8M /dev/urandom >/mnt/data && umount /mnt && ${sum}`,
    )
    await starOk('stop', '--yes')
    expect((await star('status')).status).toBe(4)
    expect(await starOk('stop', '--yes')).toMatch(/nothing was changed|stopped already/)
  })

  it('is started by its schedule, and stopped, by a clock that runs fast', async () => {
    // Days pass in minutes: an hour of the calendar is 20 s. Stopped now; start at the next full hour but one.
    await starOk('schedule', '--start', '0 9 * * *', '--stop', '0 21 * * *', '--timezone', 'UTC')
    const serve = spawn(command, ['serve', '--port', '0', '--time', '2031-05-05T08:30:00Z', '--speed', '120'], {
      env,
      stdio: 'inherit',
    })
    try {
      await expect.poll(async () => (await star('status')).status, { timeout: 420_000, interval: 5_000 }).toBe(0)
      expect(await onNode(array, host, `d=${await device(array, host, 'LUN3')}; ${sum}`)).toBe(written)
      await expect.poll(async () => (await star('status')).status, { timeout: 900_000, interval: 5_000 }).toBe(4)
    } finally {
      serve.kill('SIGINT')
      await once(serve, 'exit')
    }
    await starOk('schedule', '--remove')
  })

  it('starts, and the data is there', async () => {
    expect(await starOk('start')).toContain(array)
    expect((await inspect(array)).healthy).toBe(true)
    expect(await onNode(array, host, `d=${await device(array, host, 'LUN3')}; ${sum}`)).toBe(written)
  })
})

describe('down', () => {
  it('from a healthy array, from one with a dead controller, with two, and from a half-built one', async () => {
    await cutPower('star0001-ctl1')
    expect(await starOk('down', '--yes')).toContain('star0001-disk1')
    for (const dead of [['star0001-ctl1', 'star0001-ctl2'], []]) {
      await killAt(dead.length > 0 ? /form-cluster .*done/ : /create-resources .*done/, 'up')
      for (const node of dead) await cutPower(node)
      await sleep(500)
      expect(await starOk('down', '--yes')).toContain('star0001 is gone')
      expect((await star('status')).status).toBe(3)
    }
  })
})
