/** The timeline of an execution as a picture: a row a step, the critical path dark. */
import { criticalPath, leavesOf } from './critical-path.ts'
import type { Step } from './steps.ts'
import { duration } from './table.ts'

/** Pixels. */
const [WIDTH, LABELS, ROW, HEAD] = [1000, 290, 18, 40]
const COLOURS = { path: '#1f4e79', beside: '#a9c4de', failed: '#c0392b', line: '#d0d0d0', text: '#222' }

/** A whole SVG document. */
export function timelineSvg(steps: Step[], title: string): string {
  const leaves = leavesOf(steps)
  const begun = leaves[0]?.from ?? 0
  const total = Math.max(1, ...leaves.map(({ to }) => to - begun))
  const path = new Set(criticalPath(leaves))
  const x = (at: number) => LABELS + ((at - begun) / total) * (WIDTH - LABELS - 50)
  const bottom = HEAD + leaves.length * ROW
  const rows = leaves.map((step, i) => {
    const { name, node, from, to, failure } = step
    const y = HEAD + i * ROW
    const colour = COLOURS[failure ? 'failed' : path.has(step) ? 'path' : 'beside']
    const wide = Math.max(1, x(to) - x(from))
    return `<g><title>${escaped(`${name} ${node}: ${duration(from - begun)} + ${duration(to - from)}${failure ? `, ${failure}` : ''}`)}</title>
<text x="${LABELS - 8}" y="${y + 13}" text-anchor="end">${escaped(`${name} ${node}`.trim())}</text>
<rect x="${x(from).toFixed(1)}" y="${y + 3}" width="${wide.toFixed(1)}" height="${ROW - 6}" fill="${colour}"/>
<text x="${(x(to) + 4).toFixed(1)}" y="${y + 13}">${duration(to - from)}</text></g>`
  })
  const ticks = ticksOf(total).map(
    at => `<line x1="${x(begun + at).toFixed(1)}" y1="${HEAD - 4}" x2="${x(begun + at).toFixed(1)}" y2="${bottom}" stroke="${COLOURS.line}"/>
<text x="${x(begun + at).toFixed(1)}" y="${HEAD - 8}" text-anchor="middle">${at / 1000} s</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom + 10}" font-family="sans-serif" font-size="11" fill="${COLOURS.text}">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="16" font-size="13" font-weight="bold">${escaped(title)}</text>
${[...ticks, ...rows].join('\n')}
</svg>
`
}

/** Milliseconds: at most ten, at round figures. */
function ticksOf(total: number): number[] {
  const apart = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600].find(s => s * 1000 * 10 >= total) ?? 7200
  return Array.from({ length: Math.floor(total / (apart * 1000)) + 1 }, (_, i) => i * apart * 1000)
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, found => ENTITIES[found] ?? found)
