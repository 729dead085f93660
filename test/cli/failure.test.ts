import { describe, expect, it } from 'vitest'
import { Mistake, show, WorkflowFailed } from '../../cli/failure.ts'
import { RequestRejected } from '../../functions/shared/errors.ts'

const failed = (error: string, why: string) => new WorkflowFailed('star0001 is not up', { error, why, execution: 'x1' })

describe('what a person sees of an error', () => {
  it('names each field of a refused request, and exits 2', () => {
    const shown = show(
      new RequestRejected([
        { field: 'luns', rule: 'too many', got: '300' },
        { field: 'zone', rule: 'odd' },
      ]),
    )
    expect(shown).toMatchObject({ kind: 'mistake', exitCode: 2 })
    expect(shown.lines.slice(0, 2)).toEqual(['luns: too many (got 300)', 'zone: odd'])
    expect(shown.lines.at(-1)).toMatch(/Nothing was made/)
  })

  it('puts the first cause after what it prevented, and the remedy last', () => {
    const { lines, kind, exitCode } = show(
      failed('DocumentFailed', 'create-pool on star0001-ctl1: exit status 5\nno space'),
    )
    expect([kind, exitCode]).toEqual(['fault', 1])
    expect(lines).toEqual([
      'failed: star0001 is not up',
      '  DocumentFailed: create-pool on star0001-ctl1: exit status 5',
      '  no space',
      expect.stringContaining('./star logs x1'),
    ])
  })

  it('takes a refusal by the workflow for the same mistake as one by the command', () => {
    expect(show(failed('ArrayExists', 'luns: 6 there, 7 asked for'))).toMatchObject({ kind: 'mistake', exitCode: 2 })
  })

  it('says of an array that is in no state for it that nothing was changed, reason by reason', () => {
    const { lines, kind, exitCode } = show(failed('NotReady', 'a-ctl2: the instance is stopped\ninstance-1: x'))
    expect([kind, exitCode]).toEqual(['fault', 1])
    expect(lines.slice(1)).toEqual([
      '  NotReady: a-ctl2: the instance is stopped',
      '  instance-1: x',
      expect.stringMatching(/^Nothing was changed/),
    ])
  })

  it('tells a passing fault from a defect', () => {
    expect(show(failed('CloudUnavailable', 'none')).lines.at(-1)).toMatch(/can pass by itself/)
    const defect = show(new TypeError('x is undefined'))
    expect(defect.kind).toBe('defect')
    expect(defect.lines[0]).toMatch(/^a defect in STAR: x is undefined/)
    expect(defect.lines.join('\n')).toMatch(/failure\.test\.ts/)
  })

  it.each([
    ['VcpuLimitExceeded', /Service Quotas/],
    ['VolumeLimitExceeded', /Service Quotas/],
    ['MaxIOPSLimitExceeded', /Service Quotas/],
    ['AttachmentLimitExceeded', /Service Quotas/],
    ['RulesPerSecurityGroupLimitExceeded', /Service Quotas/],
    ['ParameterLimitExceeded', /Service Quotas/],
    ['ServiceQuotaExceededException', /Service Quotas/],
    ['InsufficientInstanceCapacity', /can pass by itself.*another zone or instance type/],
    ['InsufficientVolumeCapacity', /another zone/],
    ['Unsupported', /another zone or instance type/],
    ['UnauthorizedOperation', /deploy the stack anew/],
    ['AccessDeniedException', /deploy the stack anew/],
    ['OptInRequired', /who owns this account/],
  ])('calls %s a limit of AWS, not a defect of ours, and says what helps', (name, remedy) => {
    const { kind, exitCode, lines } = show(failed(name, 'words of AWS'))
    expect([kind, exitCode]).toEqual(['limit', 1])
    expect(lines.slice(0, 2)).toEqual(['failed: star0001 is not up', `  ${name}: words of AWS`])
    expect(lines[2]).toMatch(remedy)
    expect(lines.join('\n')).not.toMatch(/defect|report it/)
  })

  it.each(['States.DataLimitExceeded', 'TagLimitExceeded', 'HierarchyLevelLimitExceededException'])(
    'calls %s a defect: it comes of how we ask',
    name => expect(show(failed(name, 'x')).kind).toBe('defect'),
  )

  it('takes throttling for a fault that passes', () => {
    expect(show(failed('RequestLimitExceeded', 'x')).kind).toBe('passing')
  })

  it('does not call a full disk a defect of ours', () => {
    expect(show(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })).kind).toBe('fault')
  })

  it('shows causes below what they caused', () => {
    const error = new Mistake('request.json cannot be read', { cause: new Error('it is a folder') })
    expect(show(error).lines).toEqual(['request.json cannot be read', 'it is a folder'])
  })
})
