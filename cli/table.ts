/** Rows for a person (columns lined up) or for a program (a tab between fields, nothing cut). */
export function table(rows: string[][], how: { aligned: boolean; indent?: string }): string[] {
  if (!how.aligned) return rows.map(row => row.join('\t'))
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map(row =>
    ((how.indent ?? '') + row.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ')).trimEnd(),
  )
}

/** 12.3s, 1m 05s */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 100) return `${seconds.toFixed(1)}s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`
}

/** 1 disk, 2 disks */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
