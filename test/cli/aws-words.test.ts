import { afterEach, describe, expect, it } from 'vitest'
import { linksOf } from '../../cli/aws/links.ts'
import { explained, isPassing } from '../../cli/aws/refusals.ts'
import { chooseCloud, star } from '../../cli/chosen.ts'
import { show } from '../../cli/failure.ts'

const named = (name: string, more: object = {}) => Object.assign(new Error('words of AWS'), { name, ...more })

describe('what AWS says', () => {
  it.each([
    ['CredentialsProviderError', /^there are no credentials for AWS/],
    ['ExpiredTokenException', /^the credentials for AWS have expired/],
    ['UnrecognizedClientException', /^AWS does not accept these credentials/],
    ['UnauthorizedOperation', /^these credentials are not allowed to do that/],
  ])('%s is a mistake, with what to do and the words of AWS', (name, words) => {
    const { exitCode, kind, lines } = show(explained(named(name)))
    expect([exitCode, kind]).toEqual([2, 'mistake'])
    expect(lines).toEqual([expect.stringMatching(words), 'words of AWS'])
  })

  it('is left as it is where it is no mistake of who runs the command', () => {
    const busy = named('ArrayBusy')
    expect(explained(busy)).toBe(busy)
  })

  it('is worth another try where it is busy or out of reach, and not where it refuses', () => {
    const passing = [
      named('ThrottlingException'),
      named('X', { $fault: 'server' }),
      named('Error', { code: 'ENOTFOUND' }),
    ]
    expect(passing.map(isPassing)).toEqual([true, true, true])
    expect(isPassing(named('AccessDeniedException', { $fault: 'client' }))).toBe(false)
  })
})

describe('links to the console', () => {
  const arn = (partition: string, region: string) =>
    `arn:${partition}:states:${region}:111122223333:execution:stop-array:a1-x`

  it('lead to the execution and to the array’s instances, in its region', () => {
    expect(linksOf(arn('aws', 'eu-central-1'), 'a1')).toEqual({
      execution:
        'https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1#/v2/executions/details/' +
        'arn:aws:states:eu-central-1:111122223333:execution:stop-array:a1-x',
      instances: 'https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1#Instances:tag:star:array=a1',
    })
  })

  it('are left out where the console has another address', () => {
    expect(linksOf(arn('aws-cn', 'cn-north-1'), 'a1')).toEqual({})
    expect(linksOf(arn('aws-us-gov', 'us-gov-west-1'), 'a1')).toEqual({})
  })
})

describe('the next command', () => {
  afterEach(() => chooseCloud({ cloud: 'local' }, false))

  it('is said with the flags that this one was said with', () => {
    const before = process.env.AWS_REGION
    chooseCloud({ cloud: 'aws' }, false)
    expect(star('status')).toBe('./star status')
    chooseCloud({ cloud: 'aws', region: 'eu-west-1' }, true)
    expect([star('status'), process.env.AWS_REGION]).toEqual([
      './star --cloud aws --region eu-west-1 status',
      'eu-west-1',
    ])
    process.env.AWS_REGION = before
    if (before === undefined) delete process.env.AWS_REGION
  })
})
