import { openStore } from '../../infra/local/store.ts'

/** `count-worker.ts <home> <times>`: one of several processes that raise the same counter. */
const [home = '', times = '0'] = process.argv.slice(2)
const store = openStore(home)
for (let n = 0; n < Number(times); n++) {
  store.transact(() => {
    const { count } = store.get<{ count: number }>('lease', 'counter') ?? { count: 0 }
    // Long enough for the others to want the same.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3)
    store.put('lease', 'counter', { count: count + 1 })
  })
}
store.close()
