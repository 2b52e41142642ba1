// Starts a vitrine-engine of its own for a test file, on a Unix socket and a free loopback port.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

/** The built program: $VITRINE_ENGINE, else the release build. */
export const program = process.env.VITRINE_ENGINE ?? join(root, 'build/release/bin/vitrine-engine')

/** False when there is nothing to test; the reason to skip otherwise. */
export const missing =
  existsSync(program) && existsSync(join(dirname(program), 'libchdb.so'))
    ? false
    : `${program} or its libchdb.so is not built`

/** Resolves when the engine answers. */
export async function startEngine() {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-engine-e2e-'))
  const socket = join(folder, 'engine.sock')
  const child = spawn(
    program,
    ['--path', join(folder, 'data'), '--socket', socket, '--tcp-port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise((done) => child.once('exit', done))
  const url = await new Promise((found, failed) => {
    let text = ''
    child.stdout.on('data', (bytes) => {
      text += bytes
      const ready = /^ready \S+ (http:\S+)/m.exec(text)
      if (ready) found(ready[1])
    })
    child.once('exit', (code) => failed(new Error(`vitrine-engine ended with ${code}`)))
  })
  return {
    url,
    socket,
    pid: child.pid,
    async stop() {
      const before = Date.now()
      child.kill('SIGTERM')
      const code = await ended
      rmSync(folder, { recursive: true, force: true })
      return { code, ms: Date.now() - before }
    },
  }
}

/** Runs curl on the Unix socket; the answer's head and body. */
export function curl(engine, target, ...args) {
  const out = execFileSync(
    'curl',
    ['-sS', '-i', '--unix-socket', engine.socket, ...args, `http://localhost${target}`],
    { encoding: 'latin1', stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
  )
  const end = out.lastIndexOf('\r\n\r\n', out.indexOf('\r\n\r\n', out.lastIndexOf('HTTP/1.1')))
  const [statusLine, ...lines] = out.slice(out.lastIndexOf('HTTP/1.1'), end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  return { status: Number(statusLine.split(' ')[1]), headers, body: out.slice(end + 4) }
}
