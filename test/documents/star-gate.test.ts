/** Gates whose way had an error: when star_gate has the kernel try it again. The kernel is one of a few lines. */
import { writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { documentText, Node } from './node.ts'

const kernel = `import struct, sys
sys.path.insert(0, '/usr/lib/star')
import star_gate
tables, told, broken = {}, [], set()

def gate(name, device, failed=False, held=True):
    tables[name] = {'device': device, 'failed': failed, 'held': held}

def call(command, device, flags=0, body=b'', targets=0):
    table = tables[device[len(star_gate.PREFIX):]]
    if command == star_gate.MESSAGE:
        message = body[8:].rstrip(b'\\0').decode()
        told.append(message)
        if message == 'queue_if_no_path':
            table['held'] = True
        elif message == 'reinstate_path ' + table['device']:
            table['failed'] = table['device'] in broken
        return ()
    if flags & star_gate.TABLE_AS_LOADED:
        words = '%s queue_mode bio 0 1 1 round-robin 0 1 0 %s' % ('3 queue_if_no_path' if table['held'] else '2', table['device'])
    else:
        way = (table['device'], 'F 1' if table['failed'] else 'A 0')
        words = '2 0 1 0 1 1 A 0 1 0 %s %s ' % way if table['device'] else '2 0 1 0 0 1 '
    return (0,) * 16 + (star_gate.TARGET.pack(0, 8, 0, 0, b'multipath') + words.encode() + b'\\0' * 9,)

star_gate.call = call
star_gate.gates = lambda: {name: 8 for name in tables}

def renew(tried=frozenset()):
    del told[:]
    return sorted(star_gate.renew(set(tried))), list(told)
`
let node: Node
beforeEach(() => {
  node = new Node('debian-12')
  node.bash('mkdir -p /usr/lib/star')
  writeFileSync(node.path('/usr/lib/star/star_gate.py'), node.contain(documentText('files/star_gate.py')))
})

function python(lines: string): unknown[] {
  const { status, stdout, stderr } = node.python(`${kernel}\nimport json\n${lines}`)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

it('leaves alone what works, and what leads nowhere', () => {
  expect(python("gate('LUN0', '253:1'); gate('LUN1', '')\nprint(json.dumps(renew()))")).toEqual([[[], []]])
})

it('tries a way once while I/O waits for it', () => {
  const lines = `gate('LUN0', '253:1', failed=True); gate('LUN1', '253:2'); broken.add('253:1')
print(json.dumps(renew()))
print(json.dumps(renew(['LUN0'])))`
  expect(python(lines)).toEqual([
    [['LUN0'], ['reinstate_path 253:1']],
    [['LUN0'], []],
  ])
})

it('tries it until it works once nothing waits any more, and then has errors wait again', () => {
  const lines = `gate('LUN0', '253:1', failed=True, held=False); broken.add('253:1')
print(json.dumps(renew(['LUN0'])))
broken.clear()
print(json.dumps(renew(['LUN0'])))
print(json.dumps(renew(['LUN0'])))
print(json.dumps(renew()))`
  expect(python(lines)).toEqual([
    [['LUN0'], ['reinstate_path 253:1']],
    [['LUN0'], ['reinstate_path 253:1']],
    [[], ['queue_if_no_path']],
    [[], []],
  ])
})
