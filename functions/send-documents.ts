/** Sends documents to those nodes that answer, and says what to watch: those that have not ended. */
import * as z from 'zod'
import { define } from './shared/handler.ts'
import { sendRound } from './shared/send-round.ts'
import { DocumentsGiven } from './shared/shapes.ts'

export const handler = define(z.strictObject({ given: DocumentsGiven }), ({ given }) => sendRound(given))
