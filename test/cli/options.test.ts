import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { merge, requestFrom } from '../../cli/options.ts'
import { acceptRequest, NOT_FENCED } from '../../functions/shared/request.ts'
import { temporaryFolder } from '../temporary.ts'

function file(text: string): string {
  const path = join(temporaryFolder('options'), 'request.json')
  writeFileSync(path, text)
  return path
}

describe('flags and request file', () => {
  it('makes the reference configuration of nothing', () => {
    expect(requestFrom(undefined, {})).toEqual({})
  })

  it('turns flags into a request that the schema accepts, with just these numbers', () => {
    const request = acceptRequest(
      merge({}, { array: 'b2', disks: 3, diskSize: '20G', iops: 200, luns: 17, lunSize: '1G', hosts: 2 }),
    )
    expect(request).toMatchObject({ array: 'b2', disks: { count: 3, sizeGiB: 20, iops: 200, type: 'io2' } })
    expect(request.luns).toHaveLength(17)
    expect(request.luns[16]).toEqual({ name: 'LUN16', sizeMiB: 1024 })
    expect(request.hosts.map(host => host.name)).toEqual(['instance-1', 'instance-2'])
  })

  it('lays flags over the file, field by field', () => {
    const path = file('{"array": "a1", "disks": {"count": 4, "size": "8G"}, "luns": [{"size": "1G"}]}')
    expect(requestFrom(path, { array: 'a2', iops: 300 })).toEqual({
      array: 'a2',
      disks: { count: 4, size: '8G', iops: 300 },
      luns: [{ size: '1G' }],
    })
  })

  it('leaves fencing out for the exact words only', () => {
    expect(acceptRequest(merge({}, { fencing: NOT_FENCED })).fencing).toBe('none, data may be destroyed')
    expect(() => acceptRequest(merge({}, { fencing: 'none' }))).toThrow(/^fencing: must be power, disk, or/)
  })

  it('sets the instance type of controllers and of every host', () => {
    const request = acceptRequest(merge({ hosts: [{}, { name: 'db' }] }, { instanceType: 'm5.large' }))
    expect(request.controllers.instanceType).toBe('m5.large')
    expect(request.hosts.map(host => [host.name, host.instanceType])).toEqual([
      ['instance-1', 'm5.large'],
      ['db', 'm5.large'],
    ])
  })

  it.each([
    [{ luns: 3 }, '{"luns": [{}]}', '--luns'],
    [{ lunSize: '1G' }, '{"luns": [{}]}', '--lun-size'],
    [{ hosts: 2 }, '{"hosts": [{}]}', '--hosts'],
  ])('refuses a flag that contradicts a list of the file: %j', (flags, text, flag) => {
    expect(() => requestFrom(file(text), flags)).toThrow(new RegExp(`^${flag}: .*request.json has the field`))
  })

  it.each([
    ['{"array": ', /must be JSON/],
    ['[1]', /must be a JSON object/],
    ['"star"', /must be a JSON object/],
  ])('refuses a file that holds %s', (text, message) => {
    expect(() => requestFrom(file(text), {})).toThrow(message)
  })

  it('names a file that is not there', () => {
    expect(() => requestFrom('/nowhere/request.json', {})).toThrow('/nowhere/request.json: no such file')
  })

  it('leaves a list of the wrong kind to the schema, which names the field', () => {
    const request = merge({ hosts: 'all' as never }, { instanceType: 't3.medium' })
    expect(() => acceptRequest(request)).toThrow(/^hosts: /)
  })
})
