/** The HTTP API, all of it: API Gateway hands every path to this one function, and so does `star serve`. */
import { listArrays, viewArray } from './api/arrays.ts'
import { HttpEvent, readBody, readDryRun, readKey } from './api/http.ts'
import { viewImages } from './api/images.ts'
import { arrayIn, checkFree, start, startedBefore, viewOperation } from './api/operations.ts'
import { ApiProblem, problemAnswer } from './api/problems.ts'
import { json, type Reply } from './api/reply.ts'
import { type Match, match, type Route } from './api/routes.ts'
import { acceptHere } from './shared/accept.ts'
import { RequestRejected } from './shared/errors.ts'
import { define } from './shared/handler.ts'
import { ArrayName } from './shared/names.ts'
import { acceptInput, type Operation } from './shared/operations.ts'
import { planOf } from './shared/plan.ts'
import { acceptRequest, problemsOfIssue } from './shared/request.ts'

export const handler = define(HttpEvent, async event => {
  try {
    return await answer(event)
  } catch (error) {
    return problemAnswer(error)
  }
})

async function answer(event: HttpEvent): Promise<Reply> {
  const { method } = event.requestContext.http
  const found = match(method, event.rawPath)
  if (!('route' in found)) throw notFound(event, found.allowed)
  const { route, subject } = found
  if (route.path.includes('{name}') && !ArrayName.safeParse(subject).success) {
    throw new ApiProblem('no-such-array', `there is no array ${subject}`)
  }
  if (route.starts) return await startOf(event, found, route.starts)
  readDryRun(event, false)
  return json(200, await reads[route.id as keyof typeof reads](subject))
}

const reads = {
  listArrays,
  getArray: viewArray,
  listImages: viewImages,
  getOperation: async (id: string) => ({ operation: await viewOperation(id) }),
}

async function startOf(event: HttpEvent, { route, subject }: Match, operation: Operation): Promise<Reply> {
  const dryRun = readDryRun(event, true)
  const key = readKey(event)
  const given = route.body ? accept(route.body, readBody(event)) : {}
  const input = inputOf(operation, given, subject, key)
  const before = key === undefined ? undefined : await startedBefore(operation, input, key)
  if (!before) await checkFree(operation, input)
  if (dryRun) return json(200, await planned(operation, input))
  const { id, array, status } = before ?? (await start(operation, input, key))
  const location = `/operations/${id}`
  return json(202, { operation: { id, operation, array, status } }, { location })
}

/** What the state machine gets. A LUN's key also stays in the array's record, longer than Step Functions remembers names. */
function inputOf(operation: Operation, given: object, array: string, key: string | undefined): object {
  if (operation === 'prepare-image') return given
  if (operation === 'provision-array') return { ...given, array: acceptRequest(given).array }
  return { ...given, array, ...(operation === 'add-luns' && key !== undefined && { key }) }
}

async function planned(operation: Operation, input: object): Promise<object> {
  if (operation === 'provision-array') return { plan: planOf(await acceptHere(input)) }
  return { operation, array: arrayIn(input), input: acceptInput(operation, input) }
}

/** The body as it was sent: what was left out stays so, for the workflow to fill in. */
function accept(schema: NonNullable<Route['body']>, body: unknown): object {
  const parsed = schema.safeParse(body, { reportInput: true })
  if (!parsed.success) throw new RequestRejected(parsed.error.issues.flatMap(problemsOfIssue))
  return body as object
}

function notFound(event: HttpEvent, allowed: string[]): ApiProblem {
  const { method } = event.requestContext.http
  if (allowed.length === 0) return new ApiProblem('no-such-route', `there is nothing at ${event.rawPath}`)
  const allow = allowed.join(', ')
  return new ApiProblem('method-not-allowed', `${event.rawPath} knows ${allow}, not ${method}`, { headers: { allow } })
}
