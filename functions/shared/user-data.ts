/** What an instance runs at its first boot. The build puts the script beside the bundles. */
import { readFileSync } from 'node:fs'

export function userData(endsAfterMinutes?: number): string {
  const script = readFileSync(new URL('./user-data.sh', import.meta.url), 'utf8')
  return endsAfterMinutes === undefined ? script : script.replace('\n', `\nshutdown -P +${endsAfterMinutes}\n`)
}
