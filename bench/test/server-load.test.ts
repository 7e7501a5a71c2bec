import { expect, test } from 'vitest'

import { costBetween, parseServerLoad } from '../harness/server-load.ts'

const info = [
  '# Stats',
  'total_net_input_bytes:1000',
  'total_net_output_bytes:2000',
  '# CPU',
  'used_cpu_sys:0.500000',
  'used_cpu_user:1.250000',
  'used_cpu_sys_children:9.000000',
  '# Commandstats',
  'cmdstat_evalsha:calls=20,usec=1,usec_per_call=1.00',
  'cmdstat_script|load:calls=2,usec=1,usec_per_call=1.00',
  'cmdstat_get:calls=40,usec=1,usec_per_call=1.00',
  'cmdstat_info:calls=7,usec=1,usec_per_call=1.00',
].join('\r\n')

test('what clients asked for is told from what their scripts did', () => {
  expect(parseServerLoad(info)).toEqual({
    requests: 22,
    commands: 62,
    cpuMicros: 1_750_000,
    bytesIn: 1000,
    bytesOut: 2000,
    reportBytes: Buffer.byteLength(info),
  })
})

test('a server that does not tell is an error, not a zero', () => {
  expect(() => parseServerLoad('redis_version:7.0.0')).toThrow('used_cpu_user')
})

test('the cost of an operation leaves out what watching the server cost', () => {
  const before = parseServerLoad(info)
  const after = {
    requests: before.requests + 20,
    commands: before.commands + 50,
    cpuMicros: before.cpuMicros + 150,
    bytesIn: before.bytesIn + 4000,
    bytesOut: before.bytesOut + 80 + before.reportBytes,
    reportBytes: 1,
  }
  expect(costBetween(before, after, 10)).toEqual({
    ...{ requests: 2, commands: 5, cpuMicros: 15, bytesIn: 400, bytesOut: 8 },
  })
})
