import {
  DeleteParameterCommand,
  type DeleteParameterCommandInput,
  GetParameterCommand,
  type GetParameterCommandInput,
  GetParametersByPathCommand,
  type GetParametersByPathCommandInput,
  InvalidNextToken,
  type Parameter,
  ParameterAlreadyExists,
  ParameterNotFound,
  type ParameterType,
  PutParameterCommand,
  type PutParameterCommandInput,
  UnsupportedParameterType,
} from '@aws-sdk/client-ssm'
import { account, region } from './ec2-network.ts'
import { refused, ssmValidation } from './errors.ts'
import { type Cloud, type Route, route } from './route.ts'

interface ParameterRecord {
  name: string
  type: ParameterType
  value: string
  version: number
  tier: 'Standard' | 'Advanced'
  modified: number
}

function put({ store, clock }: Cloud, input: PutParameterCommandInput) {
  const { Name: name = '', Value: value = '', Type, Overwrite = false } = input
  checkName(name)
  if (value === '') throw ssmValidation("Value at 'value' must have length greater than or equal to 1")
  if (Type === 'SecureString') {
    throw new UnsupportedParameterType({ ...refused, message: 'The local cloud keeps no secrets' })
  }
  if (Overwrite && input.Tags?.length) {
    throw ssmValidation(
      "Invalid request: tags and overwrite can't be used together. Remove the overwrite flag to create a parameter with tags.",
    )
  }
  const tier = tierOf(value, input.Tier)
  return store.transact(() => {
    const before = store.get<ParameterRecord>('parameter', name)
    if (before !== undefined && !Overwrite) {
      const message =
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'
      throw new ParameterAlreadyExists({ ...refused, message })
    }
    const type = Type ?? before?.type
    if (type === undefined) throw ssmValidation('A parameter type is required when you create a parameter.')
    if (before?.tier === 'Advanced' && input.Tier === 'Standard') {
      throw ssmValidation(
        "This parameter uses the advanced-parameter tier. You can't downgrade it to the standard tier.",
      )
    }
    const version = (before?.version ?? 0) + 1
    store.put('parameter', name, { name, type, value, version, tier, modified: clock.now() } satisfies ParameterRecord)
    return { Version: version, Tier: tier }
  })
}

function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]{1,1011}$/.test(name)) {
    throw ssmValidation('Parameter name: only a mix of letters, numbers and the characters . - _ and / is allowed.')
  }
  if (name.includes('/') && !name.startsWith('/')) throw ssmValidation('Parameter name must be a fully qualified name.')
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw ssmValidation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
  }
  if (/\/$|\/\//.test(name)) throw ssmValidation('Parameter name must not have an empty level.')
  if (name.split('/').length > 16) throw ssmValidation('Parameter name: at most 15 levels.')
}

/** Bytes, not characters, are what the tiers count. */
function tierOf(value: string, wanted: PutParameterCommandInput['Tier'] = 'Standard'): ParameterRecord['tier'] {
  const size = Buffer.byteLength(value)
  if (size > 8_192)
    throw ssmValidation('Advanced tier parameters support a maximum parameter value of 8192 characters.')
  if (wanted === 'Advanced' || (wanted === 'Intelligent-Tiering' && size > 4_096)) return 'Advanced'
  if (size <= 4_096) return 'Standard'
  throw ssmValidation(
    'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
  )
}

function get({ store }: Cloud, { Name: name = '' }: GetParameterCommandInput) {
  const found = store.get<ParameterRecord>('parameter', name)
  if (found === undefined) throw missing(name)
  return { Parameter: describe(found) }
}

function remove({ store }: Cloud, { Name: name = '' }: DeleteParameterCommandInput) {
  if (!store.remove('parameter', name)) throw missing(name)
  return {}
}

/** Those right below the path, or everywhere below it. The path itself is not among them. */
function getByPath({ store }: Cloud, input: GetParametersByPathCommandInput) {
  const { Path = '', Recursive = false, MaxResults = 10, NextToken } = input
  if (!Path.startsWith('/'))
    throw ssmValidation('The parameter doesn\'t meet the parameter name requirements. The path must begin with "/".')
  if (MaxResults < 1 || MaxResults > 10)
    throw ssmValidation(`Value ${MaxResults} at 'maxResults' must be between 1 and 10`)
  const below = Path.endsWith('/') ? Path : `${Path}/`
  const found = store
    .list<ParameterRecord>('parameter')
    .filter(({ name }) => name.startsWith(below) && (Recursive || !name.slice(below.length).includes('/')))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const from = Number(NextToken ?? 0)
  if (!Number.isInteger(from)) throw new InvalidNextToken({ ...refused, message: 'The specified token is not valid.' })
  return {
    Parameters: found.slice(from, from + MaxResults).map(describe),
    NextToken: from + MaxResults < found.length ? String(from + MaxResults) : undefined,
  }
}

const describe = ({ name, type, value, version, modified }: ParameterRecord): Parameter => ({
  Name: name,
  Type: type,
  Value: value,
  Version: version,
  LastModifiedDate: new Date(modified),
  ARN: `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
  DataType: 'text',
})

const missing = (name: string) => new ParameterNotFound({ ...refused, message: `${name} does not exist` })

export const parameterRoutes: Route[] = [
  route(PutParameterCommand, put),
  route(GetParameterCommand, get),
  route(DeleteParameterCommand, remove),
  route(GetParametersByPathCommand, getByPath),
]
