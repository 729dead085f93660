import { sequences } from './part.ts'

sequences(4)
