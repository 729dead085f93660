/** What an instance runs at its first boot. The build puts the script beside the bundles. */
import { readFileSync } from 'node:fs'

export function userData(): string {
  return readFileSync(new URL('./user-data.sh', import.meta.url), 'utf8')
}
