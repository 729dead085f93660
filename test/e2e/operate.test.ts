/** An array in operation, on machines, while a host writes: LUNs added, nodes rebooted, power cut, requests at once, an event. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { home, inspect, onNode, star, starOk } from './star.ts'
import { startWriter } from './writer.ts'

const array = 'star0001'
const host = 'instance-1'

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
