/** The hand-over of the ACTIVE role: asked for once, and timed by the cluster's own word. */
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Node } from './node.ts'

const [own, partner] = ['star0001-ctl1', 'star0001-ctl2'] as const
const crm = (active: string) => `<resource id="STARpool" role="Started"><node name="${active}"/></resource>
<resource id="STARorbit" role="Promoted">
  <node name="${active}"/>
</resource>
`
const promote = (at: number) =>
  `<lrm_rsc_op id="STARorbit_last_0" operation="promote" rc-code="0" last-rc-change="${at}" exec-time="900"/>\n`

const NOW = 1_700_000_000

/** A controller whose cluster moves the role as soon as it is asked to, and has the promote ended `after` seconds from then. */
function controller(active: string, after?: number): Node {
  const node = new Node('debian-12', own)
  const program = (path: string, text: string) => {
    rmSync(node.path(path), { force: true })
    node.put(path, `#!/bin/bash\n${text}\n`)
    node.bash(`chmod 755 ${node.path(path)}`)
  }
  node.put('/state/crm_mon.output', crm(active))
  node.put('/moved', crm(partner))
  const moves = `[[ $* != *--move* ]] || cp "$NODE_ROOT/moved" "$NODE_ROOT/state/crm_mon.output"`
  program('/bin/crm_resource', `echo "crm_resource $*" >>"$NODE_ROOT/commands"\n${moves}`)
  node.serves()
  const cib = after === undefined ? 'exit 1' : `echo '${promote(NOW + after).trim()}'`
  program('/bin/cibadmin', cib)
  program('/bin/date', `echo ${NOW}`)
  // It waits for what takes its time on a real cluster.
  node.bash(`ln -sf recorder ${node.path('/bin/sleep')}`)
  return node
}
const moved = (node: Node) => node.commands().filter(line => line.startsWith('crm_resource'))

describe('hand-over', () => {
  it('moves the pool, takes the constraint away again, and says how long the roles took', () => {
    const node = controller(own, 6)
    const { status, report } = node.document('hand-over', { to: partner })
    expect(status).toBe(0)
    expect(report).toEqual({ changed: [`ACTIVE is ${partner}`], active: partner, seconds: 6 })
    expect(moved(node)).toEqual([
      `crm_resource --quiet --move --resource STARpool --node ${partner} --lifetime PT10M`,
      'crm_resource --quiet --clear --resource STARpool',
    ])
  })

  it('changes nothing where the partner is ACTIVE already', () => {
    const node = controller(partner, -100)
    expect(node.document('hand-over', { to: partner }).report).toEqual({ changed: [], active: partner, seconds: null })
    expect(moved(node)).toEqual(['crm_resource --quiet --clear --resource STARpool'])
  })

  it.each([
    ['the cluster does not say', undefined],
    ['the cluster tells of an earlier one', -100],
  ])('does not guess how long the roles took where %s', (_, after) => {
    const { report } = controller(own, after).document('hand-over', { to: partner })
    expect(report).toMatchObject({ changed: [`ACTIVE is ${partner}`], seconds: null })
  })
})
