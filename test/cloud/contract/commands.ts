import { describe, expect, it } from 'vitest'
import type { Stand } from './contract.ts'

export function commandContract(stand: Stand): void {
  describe('Run Command', () => {
    it('answers exit code and both outputs', async () => {
      const { lab, one } = stand
      expect(await lab.run('Test-exit', one, { code: '0' })).toMatchObject({
        Status: 'Success',
        StatusDetails: 'Success',
        ResponseCode: 0,
        StandardOutputContent: 'out\n',
        StandardErrorContent: 'err\n',
      })
    })

    it('says after what the script wrote why it failed', async () => {
      const { lab, one } = stand
      expect(await lab.run('Test-exit', one, { code: '3' })).toMatchObject({
        Status: 'Failed',
        ResponseCode: 3,
        StandardOutputContent: 'out\n',
        StandardErrorContent: 'err\nfailed to run commands: exit status 3',
      })
    })

    it('keeps the first 24,000 characters of stdout and 8,000 of stderr', async () => {
      const { lab, one } = stand
      const { StandardOutputContent: out, StandardErrorContent: err } = await lab.run('Test-flood', one)
      expect([out?.length, err?.length]).toEqual([24_000, 8_000])
      expect(out).toMatch(/^x{20000}/)
    })

    it('is InProgress with no output until the script ends', async () => {
      const { lab, one } = stand
      const command = await lab.send('Test-sleep', one, { seconds: '6' })
      expect(await lab.invocation(command, one)).toMatchObject({
        Status: 'InProgress',
        ResponseCode: -1,
        StandardOutputContent: '',
      })
      expect((await lab.ended(command, one)).Status).toBe('Success')
    })

    it('kills a script that takes longer than its document allows', async () => {
      const { lab, one } = stand
      const { Status, StatusDetails } = await lab.run('Test-sleep', one, { seconds: '600' })
      expect([Status, StatusDetails]).toEqual(['TimedOut', 'ExecutionTimedOut'])
    })

    it('runs several commands at once on one machine', async () => {
      const { lab, one } = stand
      const commands = await Promise.all(['3', '4', '5'].map(code => lab.send('Test-exit', one, { code })))
      const ended = await Promise.all(commands.map(command => lab.ended(command, one)))
      expect(ended.map(each => each.ResponseCode)).toEqual([3, 4, 5])
    })

    it('runs a script again from its start after a reboot it asked for by exit code 194', async () => {
      const { lab, one } = stand
      const before = (await lab.run('Test-boot-id', one)).StandardOutputContent
      const { Status, StandardOutputContent } = await lab.run('Test-reboot', one)
      expect(Status).toBe('Success')
      expect(StandardOutputContent).toMatch(/^again\n[0-9a-f-]{36}\n$/)
      expect(StandardOutputContent).not.toContain(before)
    })

    it('gives up a script that was cut off by a reboot', async () => {
      const { bench, lab, one } = stand
      const command = await lab.send('Test-sleep', one, { seconds: '15' })
      await bench.driver.reboot(one)
      expect(await lab.ended(command, one)).toMatchObject({ Status: 'Failed', StandardOutputContent: '' })
    })

    it('runs a command once, however often it is handed over', async () => {
      const { bench, lab, one } = stand
      const command = await lab.send('Test-exit', one, { code: '7' })
      await lab.ended(command, one)
      const other = {
        commandId: command,
        text: 'exit 0',
        timeoutSeconds: 20,
        document: 'Test-exit',
        parameters: { code: '0' },
      }
      await bench.driver.send(one, other)
      expect(await bench.driver.result(one, command)).toMatchObject({ state: 'Ended', exitCode: 7 })
    })

    it('runs as the agent does: the script says by what, as root, without a home, with no input', async context => {
      const { bench, lab, one } = stand
      if (!bench.real) context.skip()
      const { StandardOutputContent } = await lab.run('Test-agent', one)
      expect(StandardOutputContent).toBe(`bash homeless /usr/bin root ${one}\n`)
    })
  })
}
