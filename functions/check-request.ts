/** Holds a request against the schema and the rules, and spells out every default. Nothing has been made yet. */
import * as z from 'zod'
import { acceptHere } from './shared/accept.ts'
import { define } from './shared/handler.ts'

export const handler = define(z.strictObject({ request: z.unknown() }), async ({ request }) => acceptHere(request))
