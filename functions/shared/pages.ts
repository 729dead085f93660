/** Lists, read to their last page; one in between may be empty. The SDK's own paginators take nothing but its own clients. */

type Page<T> = { items: T[] | undefined; next: string | undefined }

export async function allPages<T>(read: (token: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  let token: string | undefined
  do {
    const { items, next } = await read(token)
    found.push(...(items ?? []))
    token = next || undefined
  } while (token)
  return found
}
