/** What is answered, as API Gateway takes it. */
export interface Reply {
  statusCode: number
  headers: Record<string, string>
  body: string
}

export function json(statusCode: number, body: object, headers: Record<string, string> = {}): Reply {
  // Answers tell what is so at this moment: nobody may keep them.
  const always = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { statusCode, headers: { ...always, ...headers }, body: JSON.stringify(body) }
}
