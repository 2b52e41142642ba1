// The official ClickHouse client for Node.js, unchanged, against vitrine-engine.

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ClickHouseLogLevel, createClient } from '@clickhouse/client'

import { missing, startEngine } from './engine.mjs'

const log = { level: ClickHouseLogLevel.OFF }
let engine
let client
let compressed

before(async () => {
  if (missing) return
  engine = await startEngine()
  await createClient({ url: engine.url, log }).command({ query: 'CREATE DATABASE vitrine' })
  client = createClient({ url: engine.url, database: 'vitrine', log })
  compressed = createClient({
    url: engine.url,
    database: 'vitrine',
    compression: { request: true, response: true },
    log,
  })
  await client.command({
    query: 'CREATE TABLE things (id UInt64, name String) ENGINE = MergeTree ORDER BY id',
  })
})

after(async () => {
  if (missing) return
  await client.close()
  await compressed.close()
  const { code, ms } = await engine.stop()
  assert.equal(code, 0)
  assert.ok(ms < 4000, `stopping took ${ms} ms`)
})

const options = { skip: missing }

test('ping', options, async () => {
  assert.deepEqual(await client.ping(), { success: true })
})

test('insert and query, plain and compressed', options, async () => {
  const values = Array.from({ length: 20000 }, (_, id) => ({ id, name: `thing ${id}` }))
  const result = await client.insert({ table: 'things', values, format: 'JSONEachRow' })
  assert.equal(result.summary?.written_rows, '20000')
  await compressed.insert({
    table: 'things',
    values: Readable.from(values.map(({ id, name }) => ({ id: id + 20000, name }))),
    format: 'JSONEachRow',
  })
  for (const one of [client, compressed]) {
    const rows = await one.query({
      query: 'SELECT count() AS count, max(id) AS max FROM things WHERE id >= {from:UInt64}',
      query_params: { from: 100 },
      format: 'JSON',
    })
    const { data, rows: rowCount } = await rows.json()
    assert.equal(rowCount, 1)
    assert.equal(Number(data[0].count), 39900)
    assert.equal(Number(data[0].max), 39999)
  }
})

test('text parameters arrive as they are', options, async () => {
  const text = "it's\ta \\ line\nand a 😀"
  const rows = await client.query({
    query: 'SELECT {text:String} AS text',
    query_params: { text },
    format: 'JSONEachRow',
  })
  assert.deepEqual(await rows.json(), [{ text }])
})

test('a stream of JSONEachRow', options, async () => {
  for (const one of [client, compressed]) {
    const rows = await one.query({
      query: 'SELECT number, toString(number) AS text FROM numbers(300000)',
      format: 'JSONEachRow',
    })
    let count = 0
    let sum = 0
    for await (const batch of rows.stream())
      for (const row of batch) {
        sum += Number(row.json().number)
        ++count
      }
    assert.equal(count, 300000)
    assert.equal(sum, (300000 * 299999) / 2)
  }
})

test('errors have their code and type', options, async () => {
  await assert.rejects(client.query({ query: 'SELECT * FROM nothing_here' }), {
    code: '60',
    type: 'UNKNOWN_TABLE',
  })
  await assert.rejects(client.command({ query: 'THIS IS NOT SQL' }), { code: '62' })
  await assert.rejects(
    client.insert({ table: 'things', values: [{ id: 'x' }], format: 'JSONEachRow' }),
    { code: '27' },
  )
})

test('a failure in the middle of a stream is an error', options, async () => {
  const rows = await client.query({
    query:
      'SELECT number, throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 1000',
    format: 'JSONEachRow',
  })
  await assert.rejects(
    async () => {
      for await (const batch of rows.stream()) assert.ok(batch.length > 0)
    },
    { code: '395', type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' },
  )
})

async function running(mark) {
  const rows = await client.query({
    query:
      'SELECT count() AS count FROM system.processes ' +
      "WHERE query LIKE {like:String} AND query NOT LIKE '%system.processes%'",
    query_params: { like: `%${mark}%` },
    format: 'JSONEachRow',
  })
  return Number((await rows.json())[0].count)
}

async function until(condition) {
  for (let i = 0; i < 100; ++i) {
    if (await condition()) return true
    await sleep(20)
  }
  return false
}

test('abort ends the query in the engine', options, async () => {
  const controller = new AbortController()
  const query = client.query({
    query: 'SELECT count() FROM numbers(1000000000001)',
    abort_signal: controller.signal,
  })
  assert.ok(await until(async () => (await running('1000000000001')) === 1))
  controller.abort()
  await assert.rejects(query, { message: /aborted/ })
  assert.ok(await until(async () => (await running('1000000000001')) === 0))
})

test('KILL QUERY by the id the client chose', options, async () => {
  const query = client.query({
    query: 'SELECT count() FROM numbers(1000000000002)',
    query_id: 'the-one',
  })
  const ended = assert.rejects(query, { code: '394', type: 'QUERY_WAS_CANCELLED' })
  assert.ok(await until(async () => (await running('1000000000002')) === 1))
  await client.command({ query: "KILL QUERY WHERE query_id = 'the-one' SYNC" })
  await ended
})

test('settings and sessions', options, async () => {
  const rows = await client.query({
    query: "SELECT getSetting('max_block_size') AS size",
    clickhouse_settings: { max_block_size: '123' },
    format: 'JSONEachRow',
  })
  assert.equal(Number((await rows.json())[0].size), 123)
  const session = createClient({
    url: engine.url,
    database: 'vitrine',
    session_id: 'a-session',
    log,
  })
  await session.command({ query: 'CREATE TEMPORARY TABLE mine (a Int8)' })
  await session.insert({ table: 'mine', values: [{ a: 7 }], format: 'JSONEachRow' })
  const mine = await session.query({ query: 'SELECT a FROM mine', format: 'JSONEachRow' })
  assert.deepEqual(await mine.json(), [{ a: 7 }])
  await assert.rejects(client.query({ query: 'SELECT a FROM mine' }), { code: '60' })
  await session.close()
})

test('exec streams any format', options, async () => {
  const { stream } = await client.exec({
    query: 'SELECT number FROM numbers(3) FORMAT CSVWithNames',
  })
  let text = ''
  for await (const piece of stream) text += piece
  assert.equal(text, '"number"\n0\n1\n2\n')
})
