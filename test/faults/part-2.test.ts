import { singles } from './part.ts'

await singles(2)
