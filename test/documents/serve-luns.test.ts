/** When a controller serves its LUNs, and what it says of those that have not been proven. */
import { expect, it } from 'vitest'
import { Node } from './node.ts'

const uuids = ['599ac487-06e5-438f-a17b-705a6d179fc4', 'af701aed-f0b7-410c-ac20-7f37261c7a25'] as const
const wwids = uuids.map(uuid => `36001405${uuid.replaceAll('-', '').slice(0, 25)}`)

function controller(): Node {
  const node = new Node('debian-12')
  node.put('/state/name', 'star0001-ctl1\n')
  const lines = uuids.map((uuid, i) => `  LUN${i} star.lun=${i},star.new,star.uuid=${uuid}\n`)
  node.put('/state/lvs.output', lines.join(''))
  node.put('/run/star/served', 'LUN0 a\nLUN1 b\n')
  return node
}

it('ACTIVE names them with the WWIDs that hosts see; STANDBY does not even look', () => {
  const node = controller()
  const none = { changed: [], name: 'star0001-ctl1', luns: 2, active: false, fresh: [] }
  expect(node.document('serve-luns', { luns: '2' }).report).toEqual(none)
  expect(node.commands()).toEqual([])

  node.put('/run/star/promoted', '')
  const fresh = wwids.map((wwid, i) => [`LUN${i}`, wwid])
  expect(node.document('serve-luns', { luns: '2' }).report).toEqual({ ...none, active: true, fresh })
  expect(node.commands()).toEqual([expect.stringMatching(/^lvs .*--select lv_tags=star\.new STARpool$/)])

  node.put('/state/lvs.output', '')
  expect(node.document('serve-luns', { luns: '2' }).report).toEqual({ ...none, active: true })
})

/** As the document runs, but for its pauses: each of them is what `pause` does. */
const pausing = (node: Node, pause: string) =>
  node.bash(`sleep() { ${pause}; }\n${node.script('serve-luns', { luns: '2' })}`)

it('STANDBY is waited for, until it serves those that it has found', () => {
  const node = controller()
  node.put('/run/star/served', 'LUN0 a\n')
  expect(pausing(node, "echo 'LUN1 b' >>/run/star/served").report).toMatchObject({ luns: 2, active: false })
})

it('who does not serve them in time says what was waited for, and what its service has to say', () => {
  const node = controller()
  node.put('/run/star/served', 'LUN0 a\n')
  const { status, stderr } = pausing(node, 'SECONDS=$((SECONDS + 61))')
  expect(status).not.toBe(0)
  expect(stderr).toContain('waited 122 s for this controller to serve 2 LUNs')
  expect(node.commands()).toEqual([expect.stringMatching(/^journalctl .*star-standby\.service$/)])
})
