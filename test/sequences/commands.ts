/**
 * Commands that live and die within one process. Each runs in a context of its own: what it writes to the store, asks
 * of a machine or waits for passes here, and stops here once it is dead. So a killed command does nothing more, and
 * time passes on without it. Between two such effects nobody could tell when it died.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { Clock } from '../../infra/local/clock.ts'
import type { MachineDriver } from '../../infra/local/driver.ts'
import type { Workers } from '../../infra/local/process-mark.ts'
import type { Store } from '../../infra/local/store.ts'

export interface Command {
  mark: string
  dead: boolean
  /** What it has done so far: writes, calls of machines, waits. */
  effects: number
  /** Given when it dies. */
  death: AbortSignal
  kill(): void
}

interface Living extends Command {
  naps: Set<AbortController>
  due: Map<number, () => void>
}

class Killed extends Error {
  override name = 'Killed'
}

export function commands() {
  const here = new AsyncLocalStorage<Living>()
  const alive = new Set<string>()
  let count = 0
  let inTransaction = 0

  const live = () => {
    const command = here.getStore()
    if (command?.dead) throw new Killed()
    return command
  }
  const effect = () => {
    const command = live()
    if (!command) return
    command.due.get(++command.effects)?.()
    live()
  }

  /** Ends with what `work` returns, or undefined where the command was killed. `due`: what happens at its n-th effect. */
  async function run<T>(
    work: (command: Command) => Promise<T>,
    due: [at: number, what: (command: Command) => unknown][] = [],
  ) {
    const death = new AbortController()
    setMaxListeners(0, death.signal)
    const command: Living = {
      mark: `command ${++count}`,
      dead: false,
      effects: 0,
      death: death.signal,
      naps: new Set(),
      due: new Map(),
      kill() {
        if (command.dead) return
        command.dead = true
        alive.delete(command.mark)
        death.abort()
        for (const nap of command.naps) nap.abort(null)
      },
    }
    for (const [at, what] of due) {
      const earlier = command.due.get(at)
      command.due.set(at, () => {
        earlier?.()
        what(command)
      })
    }
    alive.add(command.mark)
    try {
      const result = await here.run(command, () => work(command))
      return { command, result: command.dead ? undefined : result }
    } catch (error) {
      if (!command.dead) throw error
      return { command, result: undefined }
    } finally {
      // Its process is gone in either case.
      alive.delete(command.mark)
    }
  }

  const workers: Workers = {
    own: () => here.getStore()?.mark ?? 'nobody',
    isAlive: mark => alive.has(mark) || mark === 'nobody',
  }

  const storeOf = (store: Store): Store => ({
    ...store,
    put(kind, id, value) {
      if (inTransaction === 0) effect()
      store.put(kind, id, value)
    },
    remove(kind, id) {
      if (inTransaction === 0) effect()
      return store.remove(kind, id)
    },
    transact(work) {
      if (inTransaction === 0) effect()
      inTransaction++
      try {
        return store.transact(work)
      } finally {
        inTransaction--
      }
    },
  })

  const driverOf = <D extends MachineDriver>(driver: D): D => {
    const passed = (name: keyof MachineDriver, gate: () => unknown) => {
      const call = driver[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        gate()
        return await call(...args)
      }
    }
    const names = [
      'start',
      'stop',
      'reboot',
      'destroy',
      'createDisk',
      'deleteDisk',
      'plug',
      'unplug',
      'send',
      'result',
      'forget',
      'close',
    ] as const
    return {
      ...driver,
      ...Object.fromEntries(names.map(name => [name, passed(name, effect)])),
      // Looks, many of them: none is a moment of its own.
      state: passed('state', live),
      ping: passed('ping', live),
    }
  }

  const clockOf = (clock: Clock): Clock => ({
    now: clock.now,
    async sleep(ms, signal) {
      const command = here.getStore()
      if (!command) return await clock.sleep(ms, signal)
      effect()
      const nap = new AbortController()
      const wake = () => nap.abort(null)
      command.naps.add(nap)
      signal?.addEventListener('abort', wake, { once: true })
      if (signal?.aborted) wake()
      await clock.sleep(ms, nap.signal)
      signal?.removeEventListener('abort', wake)
      command.naps.delete(nap)
      live()
    },
  })

  return { run, workers, storeOf, driverOf, clockOf, live }
}
