/** The `star` command. It reads arguments and renders; the workflows decide and do. */
import { CommanderError } from 'commander'
import { exitCodes, show } from './failure.ts'
import { program } from './program.ts'

// `star … | head` ends our output: no error of ours.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // commander has printed it; help and --version are no mistake.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.mistake
  } else {
    const { lines, exitCode } = show(error)
    console.error(lines.map((line, i) => (i === 0 ? `star: ${line}` : line)).join('\n'))
    process.exitCode = exitCode
  }
}
