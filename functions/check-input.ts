/** Holds the input of an operation against its schema and spells out defaults. The array has not been looked at yet. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { acceptInput, OperationName } from './shared/operations.ts'

const Event = z.strictObject({ operation: OperationName, input: z.unknown() })

export const handler = define(Event, async ({ operation, input }) => acceptInput(operation, input))
