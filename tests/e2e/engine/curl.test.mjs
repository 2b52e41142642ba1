// Plain HTTP with curl: what the interface promises to every other tool.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createConnection } from 'node:net'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { curl, missing, startEngine } from './engine.mjs'

let engine
const options = { skip: missing }

before(async () => {
  if (missing) return
  engine = await startEngine()
  assert.equal(curl(engine, '/', '-d', 'CREATE DATABASE vitrine').status, 200)
})

after(async () => {
  if (!missing) await engine.stop()
})

/** Sends raw bytes to the socket; everything that came back. */
function raw(bytes) {
  return new Promise((done, failed) => {
    let text = ''
    const socket = createConnection(engine.socket, () => socket.end(bytes))
    socket.on('data', (piece) => (text += piece))
    socket.on('close', () => done(text))
    socket.on('error', failed)
  })
}

test('ping and the greeting', options, () => {
  for (const path of ['/', '/ping']) {
    const answer = curl(engine, path)
    assert.equal(answer.status, 200)
    assert.equal(answer.body, 'Ok.\n')
  }
  assert.equal(curl(engine, '/nothing').status, 404)
})

test('a query in the URL, in the body, or half and half', options, () => {
  assert.equal(curl(engine, '/?query=SELECT%201').body, '1\n')
  assert.equal(curl(engine, '/', '-d', 'SELECT 1').body, '1\n')
  assert.equal(curl(engine, '/?query=SELECT', '-d', ' 1').body, '1\n')
  const answer = curl(engine, '/?query_id=mine&default_format=JSONCompact', '-d', 'SELECT 1 AS a')
  assert.equal(answer.headers['x-clickhouse-query-id'], 'mine')
  assert.equal(answer.headers['x-clickhouse-format'], 'JSONCompact')
  assert.equal(answer.headers['content-type'], 'application/json; charset=UTF-8')
  assert.equal(JSON.parse(answer.headers['x-clickhouse-summary']).read_rows, '1')
  assert.deepEqual(JSON.parse(answer.body).data, [[1]])
})

test('rows after the statement, in every way they may come', options, () => {
  curl(engine, '/', '-d', 'CREATE TABLE vitrine.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a')
  const insert = '/?query=INSERT%20INTO%20vitrine.t%20FORMAT%20CSV'
  assert.equal(curl(engine, insert, '--data-binary', '1,one\n2,two\n').status, 200)
  curl(engine, '/', '--data-binary', "INSERT INTO vitrine.t VALUES (3, 'three'), (4, 'it''s; four')")
  curl(engine, '/?database=vitrine', '--data-binary', 'INSERT INTO t FORMAT JSONEachRow\n{"a":5}')
  curl(engine, '/?query=INSERT%20INTO%20vitrine.t', '-H', 'X-ClickHouse-Format: TSV', '--data-binary', '6\tsix\n')
  // Chunked and compressed, as clients stream it.
  spawnSync('curl', [
    '-sS', '--fail', '--unix-socket', engine.socket, '-H', 'Content-Encoding: gzip',
    '-H', 'Transfer-Encoding: chunked', '--data-binary', '@-', `http://localhost${insert}`,
  ], { input: gzipSync('7,seven\n8,eight\n') })
  assert.equal(
    curl(engine, '/', '-d', 'SELECT * FROM vitrine.t ORDER BY a FORMAT CSV').body,
    '1,"one"\n2,"two"\n3,"three"\n4,"it\'s; four"\n5,""\n6,"six"\n7,"seven"\n8,"eight"\n',
  )
})

test('Native goes out and comes in again', options, () => {
  curl(engine, '/', '-d', 'CREATE TABLE vitrine.n (a UInt64, s LowCardinality(String)) ENGINE = Memory')
  const bytes = execFileSync('curl', ['-sS', '--unix-socket', engine.socket, 'http://localhost/',
    '-d', 'SELECT number AS a, toString(number % 10)::LowCardinality(String) AS s FROM numbers(200000) FORMAT Native'],
    { maxBuffer: 1 << 28 })
  const sent = spawnSync('curl', ['-sS', '--fail', '--unix-socket', engine.socket, '--data-binary', '@-',
    'http://localhost/?query=INSERT%20INTO%20vitrine.n%20FORMAT%20Native'], { input: bytes })
  assert.equal(sent.status, 0)
  assert.equal(curl(engine, '/', '-d', 'SELECT count(), sum(a) FROM vitrine.n').body,
    `200000\t${(200000 * 199999) / 2}\n`)
})

test('errors have a status, a code and a text', options, () => {
  const cases = [
    ['SELECT * FROM nothing', 404, '60'],
    ['NOT SQL AT ALL', 400, '62'],
    ['SELECT 1; SELECT 2', 400, '62'],
    ['', 400, '62'],
    ['SELECT throwIf(1)', 500, '395'],
    ['SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 0.5, max_block_size = 1', 408, '159'],
    ["SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", 403, '497'],
    ["SELECT 1 INTO OUTFILE '/tmp/never'", 403, '497'],
    ["SELECT arrayMap(file, ['/etc/hostname'])", 403, '497'],
  ]
  for (const [sql, status, code] of cases) {
    const answer = curl(engine, '/', '--data-binary', sql)
    assert.equal(answer.status, status, sql + answer.body)
    assert.equal(answer.headers['x-clickhouse-exception-code'], code, sql)
    assert.match(answer.body, new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(version .*\\)\n$`, 's'))
  }
  // JSON that failed at the end of a small answer leaves nothing of the answer.
  const answer = curl(engine, '/', '-d',
    'SELECT number, throwIf(number = 99) FROM numbers(100) SETTINGS max_block_size = 10 FORMAT JSON')
  assert.equal(answer.status, 500)
  assert.ok(!answer.body.includes('meta'))
})

test('reading methods and readonly callers cannot write', options, () => {
  assert.equal(curl(engine, '/?query=CREATE%20DATABASE%20vitrine2').headers['x-clickhouse-exception-code'], '164')
  assert.equal(curl(engine, '/?readonly=1', '-d', 'CREATE DATABASE vitrine2').headers['x-clickhouse-exception-code'], '164')
  assert.equal(curl(engine, '/?readonly=1', '-d', 'SELECT 1 SETTINGS max_threads = 1').status, 500)
})

test('a failure after the head cuts the answer and says why', options, () => {
  const run = spawnSync('curl', ['-sS', '--unix-socket', engine.socket, 'http://localhost/', '-d',
    'SELECT number, throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 1000'],
    { encoding: 'latin1', maxBuffer: 1 << 28 })
  assert.equal(run.status, 18) // curl: transfer closed with outstanding data
  assert.match(run.stdout, /\r\n__exception__\r\n[a-z]{16}\r\nCode: 395\. .*\n\d+ [a-z]{16}\r\n__exception__\r\n$/s)
})

test('wait_end_of_query gives the right status whatever the size', options, () => {
  const answer = curl(engine, '/?wait_end_of_query=1', '-d',
    'SELECT number, throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 1000')
  assert.equal(answer.status, 500)
  assert.ok(!answer.body.includes('__exception__'))
})

test('answers are compressed when asked for', options, () => {
  for (const coding of ['gzip', 'deflate', 'zstd']) {
    const answer = curl(engine, '/?enable_http_compression=1', '-H', `Accept-Encoding: ${coding}`,
      '-d', 'SELECT number FROM numbers(100000)')
    assert.equal(answer.headers['content-encoding'], coding)
    assert.ok(answer.body.length < 400000)
  }
  assert.equal(curl(engine, '/', '-H', 'Accept-Encoding: gzip', '-d', 'SELECT 1').body, '1\n')
})

test('an insert that is cut short stores nothing', options, async () => {
  curl(engine, '/', '-d', 'CREATE TABLE vitrine.cut (a UInt64) ENGINE = MergeTree ORDER BY a')
  const head = 'POST /?query=INSERT%20INTO%20vitrine.cut%20FORMAT%20CSV HTTP/1.1\r\nHost: x\r\n'
  await raw(`${head}Content-Length: 1000\r\n\r\n1\n2\n`)
  await raw(`${head}Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n`)
  assert.equal(curl(engine, '/', '-d', 'SELECT count() FROM vitrine.cut').body, '0\n')
})

test('requests that two readers could read in two ways are refused', options, async () => {
  const cases = [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nTransfer-Encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\nContent-Length: 8\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    'POST / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n',
    'nonsense\r\n\r\n',
  ]
  for (const bytes of cases) assert.match(await raw(bytes), /^HTTP\/1\.1 (400|501) /, bytes)
  assert.equal(curl(engine, '/ping').body, 'Ok.\n')
})

test('web pages cannot reach the loopback port', options, () => {
  const ask = (...args) =>
    execFileSync('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...args], { encoding: 'utf8' })
  assert.equal(ask(`${engine.url}/?query=SELECT%201`), '200')
  assert.equal(ask('-H', 'Origin: http://evil.example', `${engine.url}/?query=SELECT%201`), '403')
  assert.equal(ask('-H', 'Host: evil.example', `${engine.url}/?query=SELECT%201`), '403')
})

test('other users and block compression are refused clearly', options, () => {
  assert.equal(curl(engine, '/?user=root', '-d', 'SELECT 1').headers['x-clickhouse-exception-code'], '516')
  assert.equal(curl(engine, '/', '-u', 'root:x', '-d', 'SELECT 1').status, 403)
  assert.equal(curl(engine, '/', '-u', 'default:', '-d', 'SELECT 1').body, '1\n')
  assert.equal(curl(engine, '/?compress=1', '-d', 'SELECT 1').status, 501)
})

test('ping answers while every place is taken', options, async () => {
  const busy = Array.from({ length: 8 }, () =>
    raw('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 51\r\n\r\n' +
        'SELECT count() FROM numbers(3000000000) FORMAT TSV '))
  const before = Date.now()
  assert.equal(curl(engine, '/ping').body, 'Ok.\n')
  assert.ok(Date.now() - before < 2000)
  await Promise.all(busy)
})
