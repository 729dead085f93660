/** STARorbit and the process that does its orders, `star-target attend`: the files as nodes have them, with no LUN to close. */
import { writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

let node: Node
beforeEach(() => {
  node = new Node('debian-12')
  node.bash('mkdir -p /usr/sbin /usr/lib/star /run/star /sys/class/block /sys/kernel/config/target /dev/disk/by-id')
  for (const [name, path] of [
    ['star_config.py', '/usr/lib/star/star_config.py'],
    ['star_lio.py', '/usr/lib/star/star_lio.py'],
    ['star_gate.py', '/usr/lib/star/star_gate.py'],
    ['star_pool.py', '/usr/lib/star/star_pool.py'],
    ['star-target', '/usr/sbin/star-target'],
    ['STARorbit', '/usr/sbin/STARorbit'],
  ] as const)
    writeFileSync(node.path(path), node.contain(documentText('files', name)), { mode: 0o755 })
  node.bash('touch /run/star/started /run/star/promoted')
})

const attended = (lines: string) =>
  node.bash(`/usr/sbin/star-target attend & attending=$!
trap 'kill "$attending"' EXIT
until [[ -p /run/star/orders ]]; do sleep 0.1; done
${lines}`)

it('a demote is done by the process that waits for orders', () => {
  const { status, stderr } = attended('/usr/sbin/STARorbit demote')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(node.read('/run/star/answer')).toMatch(/^\d+ \d+ 0\n$/)
  expect(node.read('/run/star/served')).toBe('')
  expect(node.exists('/run/star/promoted')).toBe(false)
})

it('tells that it failed, and is there for the next order', () => {
  const { status, stderr } = attended(`mkdir /run/star/served.new
! /usr/sbin/STARorbit demote || exit 9
[[ -e /run/star/promoted ]] || exit 8
rmdir /run/star/served.new
/usr/sbin/STARorbit demote`)
  expect(stderr).toContain('served.new')
  expect(status).toBe(0)
})

it('where nobody takes the order, the agent does it by itself', () => {
  const { status, stderr } = node.bash(
    'mkfifo /run/star/orders; exec {orders}<>/run/star/orders; /usr/sbin/STARorbit demote',
  )
  expect(stderr).toBe('star-target.service did not do it: close\n')
  expect(status).toBe(0)
  expect(node.exists('/run/star/promoted')).toBe(false)
})

it('an order that was not taken up in time is not done any more', () => {
  const { status } = attended('echo "1 0.5 close" >/run/star/orders; sleep 0.5; [[ ! -e /run/star/answer ]]')
  expect(status).toBe(0)
  expect(node.exists('/run/star/served')).toBe(false)
})
