import { readdirSync, rmSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Node } from './node.ts'

const open = () => new Node('debian-12')
const mode = (node: Node, path: string) => (statSync(node.path(path)).mode & 0o7777).toString(8)

describe('write_file', () => {
  const write = 'write_file /etc/star/config 640 <<<one; report'

  it('makes folder and file with the mode, says so, and a second time does nothing', () => {
    const node = open()
    expect(node.common(write).report.changed).toEqual(['/etc/star/config'])
    expect(node.read('/etc/star/config')).toBe('one\n')
    expect(mode(node, '/etc/star/config')).toBe('640')
    const { ino } = statSync(node.path('/etc/star/config'))
    expect(node.common(write).report.changed).toEqual([])
    expect(statSync(node.path('/etc/star/config')).ino).toBe(ino)
    expect(readdirSync(node.path('/etc/star'))).toEqual(['config'])
  })

  it('puts another content, or another mode alone, right', () => {
    const node = open()
    node.put('/etc/star/config', 'two\n')
    expect(node.common(write).report.changed).toEqual(['/etc/star/config'])
    expect(node.read('/etc/star/config')).toBe('one\n')
    expect(
      node.common('chmod 644 /etc/star/config; write_file /etc/star/config 640 <<<one; report').report.changed,
    ).toEqual(['/etc/star/config'])
    expect(mode(node, '/etc/star/config')).toBe('640')
  })

  it('never shows a reader half a file: until the new one is whole, the old one is there', () => {
    const node = open()
    node.put('/etc/star/config', 'old\n')
    const { stdout } = node.common(`
      exec 4</etc/star/config
      write_file /etc/star/config 644 < <(echo new; cat /etc/star/config; echo end)
      cat <&4
      cat /etc/star/config`)
    expect(stdout).toBe('old\nnew\nold\nend\n')
    expect(readdirSync(node.path('/etc/star'))).toEqual(['config'])
  })
})

describe('first_lines', () => {
  const first = `first_lines /etc/ssh/sshd_config 'PermitRootLogin prohibit-password' 'PasswordAuthentication no'; report`

  it('puts its lines before all others, with the mode there was, once', () => {
    const node = open()
    node.put('/etc/ssh/sshd_config', 'PermitRootLogin yes\nUsePAM yes\n')
    expect(node.common(`chmod 600 /etc/ssh/sshd_config\n${first}`).report.changed).toEqual(['/etc/ssh/sshd_config'])
    const wanted = 'PermitRootLogin prohibit-password\nPasswordAuthentication no\nPermitRootLogin yes\nUsePAM yes\n'
    expect(node.read('/etc/ssh/sshd_config')).toBe(wanted)
    expect(mode(node, '/etc/ssh/sshd_config')).toBe('600')
    expect(node.common(first).report.changed).toEqual([])
    expect(node.read('/etc/ssh/sshd_config')).toBe(wanted)
  })
})

describe('wait_for', () => {
  it('goes on as soon as the command succeeds', () => {
    const { status, stdout } = open().common(`
      second() { tries=$((\${tries:-0} + 1)); ((tries == 2)); }
      wait_for 10 'the second try' second
      echo "$tries"`)
    expect(status).toBe(0)
    expect(stdout).toBe('2\n')
  })

  it('fails past its deadline, and says what it waited for and how long', () => {
    const { status, stdout, stderr } = open().common(`
      SECONDS=100
      wait_for 1 'a login to 10.0.0.1' false
      echo 'not reached'`)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe('error: waited 1 s for a login to 10.0.0.1\n')
  })

  it('tries once where there is no time to wait', () => {
    expect(open().common(`wait_for 0 'nothing' true`).status).toBe(0)
  })
})

describe('fail', () => {
  it('ends the script, even where a failing command would be let through', () => {
    const { status, stdout, stderr } = open().common(`if fail 'no such disk'; then :; fi; echo 'not reached'`)
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: 'error: no such disk\n' })
  })
})

describe('one_at_a_time', () => {
  it('waits until the document that runs has ended, however it ended', () => {
    const { stdout } = open().common(`
      (one_at_a_time; sleep 0.5; echo first; kill -KILL "$BASHPID") &
      sleep 0.2
      one_at_a_time
      echo second`)
    expect(stdout).toBe('first\nsecond\n')
  })
})

describe('report', () => {
  it('is the last line, and has `changed` where nothing is', () => {
    const { stdout } = open().common('report')
    expect(stdout).toBe('{"changed":[]}\n')
  })

  it('names every change in its order, whatever characters it has, and adds fields', () => {
    const { stdout, stderr } = open().common(`
      change 'packages a b'; change '"quoted" \\back'; log chatter
      report --arg os "$(printf 'a\\nb "c"')" --argjson n 3 '. + {os: $os, n: $n}'`)
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toEqual({ changed: ['packages a b', '"quoted" \\back'], os: 'a\nb "c"', n: 3 })
    expect(stderr).toContain('changed: packages a b\n')
    expect(stderr).toContain('chatter\n')
  })
})

describe('names and addresses', () => {
  it('knows the partner by the last character of the name', () => {
    expect(open().common('partner_of star0001-ctl1; partner_of x2').stdout).toBe('star0001-ctl2\nx1\n')
  })

  it('finds an address wherever it is in the list, and no other that only begins alike', () => {
    const list = 'a1=10.0.0.1,a11=10.0.0.11,a2=10.0.0.2'
    const { stdout, status } = open().common(`
      for name in a1 a2 a11; do address=$(address_of "$name" ${list}); echo "$address"; done
      address_of a ${list} || echo none`)
    expect({ stdout, status }).toEqual({ stdout: '10.0.0.1\n10.0.0.2\n10.0.0.11\nnone\n', status: 0 })
  })

  it('sets host name, hosts and time zone, once', () => {
    const node = open()
    const lines = `set_name star0001-ctl1; set_hosts star0001-ctl1=10.0.0.1,star0001-ctl2=10.0.0.2; set_zone Asia/Tokyo; report`
    expect(node.common(lines).report.changed).toEqual([
      '/etc/hostname',
      'host name star0001-ctl1',
      '/etc/hosts',
      'time zone Asia/Tokyo',
    ])
    expect(node.commands()).toEqual(['hostname star0001-ctl1'])
    expect(node.read('/etc/hostname')).toBe('star0001-ctl1\n')
    expect(node.read('/etc/hosts')).toMatch(
      /^127\.0\.0\.1 localhost .*\n::1 .*\n10\.0\.0\.1 star0001-ctl1\n10\.0\.0\.2 star0001-ctl2\n$/,
    )
    expect(node.common(lines).report.changed).toEqual([])
    expect(node.commands()).toEqual([])
  })
})

describe('units', () => {
  it('enables, starts, stops and disables a unit only where it is not so', () => {
    const node = open()
    const on = 'enable_unit a.service; start_unit a.service; report'
    expect(node.common(on).report.changed).toEqual(['a.service enabled', 'a.service started'])
    expect(node.common(on).report.changed).toEqual([])
    expect(node.commands()).toEqual(['systemctl start a.service'])
    const link = '/etc/systemd/system/multi-user.target.wants/a.service'
    expect(node.common(`readlink ${link}`).stdout).toBe('/usr/lib/systemd/system/a.service\n')
    const off = 'disable_unit a.service; report'
    expect(node.common(off).report.changed).toEqual(['a.service disabled', 'a.service stopped'])
    expect(node.common(off).report.changed).toEqual([])
    expect(node.commands()).toEqual(['systemctl stop a.service'])
  })
})

describe('target_serves', () => {
  const serves = (node: Node) => node.common('target_serves && echo yes || echo no').stdout
  const served = (alua?: number) => {
    const node = open()
    node.serves(alua)
    return node
  }

  it('takes a target that is on, with a portal and I/O let in', () => {
    expect(serves(served(0))).toBe('yes\n')
    expect(serves(served(1))).toBe('yes\n')
  })

  it.each([
    ['none is there', () => open()],
    ['ALUA says unavailable', () => served(3)],
    ['nobody says that it is whole', () => gone('/run/star/served')],
    [
      'it has no portal',
      () => gone('/sys/kernel/config/target/iscsi/iqn.2023-09.test.use.only:star0001-target/tpgt_1/np/0.0.0.0:3260'),
    ],
    ['its portal group is off', () => off()],
  ])('takes none where %s', (_, make) => {
    expect(serves(make())).toBe('no\n')
  })

  function gone(path: string): Node {
    const node = served()
    rmSync(node.path(path), { recursive: true })
    return node
  }
  function off(): Node {
    const node = served()
    node.put('/sys/kernel/config/target/iscsi/iqn.2023-09.test.use.only:star0001-target/tpgt_1/enable', '0\n')
    return node
  }
})

it('read_units reloads systemd where a unit is written otherwise than it is known, and nowhere else', () => {
  const node = open()
  const read = 'read_units star-target.service'
  node.common(read)
  expect(node.commands()).toEqual([])
  node.put('/state/reload', '')
  node.common(`${read}; ${read}`)
  expect(node.commands()).toEqual(['systemctl daemon-reload'])
})
