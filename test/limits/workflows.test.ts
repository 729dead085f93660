import { describe, expect, test } from 'vitest'
import { CAUSE_LIMIT, PAYLOAD_LIMIT } from '../../infra/local/engine-tasks.ts'
import { openLab } from '../statemachines/lab.ts'
import { largest } from './largest.ts'
import { listen, passed, sent, top } from './measure.ts'

const array = 'star0001'
const options = { cloud: { histories: true } }

describe.each(largest)('256 LUNs, 16 disks and 16 hosts, with %s', (_, request) => {
  const named = request.luns.slice(0, -1)

  test('go through their whole life within the limits', { timeout: 120_000 }, async () => {
    const lab = openLab(options)
    const outputs = listen(lab)
    for (const [machine, input] of [
      ['provision-array', { ...request, luns: [...named, { count: 128 - named.length }] }],
      ['add-luns', { array, luns: [{ count: 128 }] }],
      ['inspect-array', { array }],
      ['check-array', { array }],
      ['reboot-nodes', { array }],
      ['failover-array', { array }],
      ['stop-array', { array }],
      ['start-array', { array }],
      ['provision-array', request],
      ['teardown-array', { array }],
    ] as const) {
      expect(await lab.run(machine, input), machine).toMatchObject({ status: 'SUCCEEDED' })
    }

    const { payloads, events } = passed(lab)
    const measured = { payload: top(payloads), events: top(events), document: top(sent(lab)), output: top(outputs) }
    for (const [what, { size, where }] of Object.entries(measured)) console.log(`${what}: ${size} (${where})`)
    expect(measured.payload.size).toBeLessThan(PAYLOAD_LIMIT)
    expect(measured.events.size).toBeLessThan(25_000)
    expect(measured.document.size).toBeLessThan(65_536)
    expect(measured.output.size).toBeLessThan(24_000)
    const names = lab.cloud.store.list<{ machine: string; name: string }>('execution')
    for (const { name } of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,80}$/)
  })

  test('fail with their first cause, however long it gets on its way up', { timeout: 60_000 }, async () => {
    const broken = () => ({ exitCode: 1, stderr: `${'x'.repeat(4_000)} no "room"` })
    const lab = openLab({ ...options, replies: { 'configure-target': broken } })
    const end = await lab.run('provision-array', request)

    const { causes } = passed(lab)
    console.log(`cause: ${top(causes).size} (${top(causes).where})`)
    expect(end).toMatchObject({ status: 'FAILED', error: 'DocumentFailed' })
    expect(end.cause).toMatch(/^STAR-configure-target on star0001-ctl\d: Failed, exit status 1\n.* no "room"\n/s)
    expect(top(causes).size).toBe(CAUSE_LIMIT)
  })
})
