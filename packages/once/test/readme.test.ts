import { readFileSync, readdirSync } from 'node:fs'
import { Once } from '@oncekit/once'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const readme = read('../README.md')

describe('the table of the config', () => {
  const rows = tableUnder('Config')
  const { properties = {} } = z.toJSONSchema(Once.schema, { unrepresentable: 'any' })

  test('has every field, and no other', () => {
    expect(rows.map(nameIn)).toEqual(Object.keys(properties))
  })

  test.each(['development', 'production', 'test'] as const)(
    'has the defaults of %s',
    (environment) => {
      for (const [field, value] of Object.entries(Once.defaultConfig(environment))) {
        const [, said = ''] = rows.find((row) => nameIn(row) === field) ?? []
        const literal = typeof value === 'string' ? `'${value}'` : String(value)
        const [general = '', ...special] = said.split('; ')
        const own = special.find((text) => text.startsWith(environment)) ?? general
        expect(`${field}: ${own}`).toContain(`\`${literal}\``)
      }
    },
  )

  test('tells in words what is worked out when it is not given', () => {
    const given = Object.keys(Once.defaultConfig('production'))
    const workedOut = rows.filter((row) => !given.includes(nameIn(row)))
    expect(workedOut.map(([name, said]) => [name, said])).toEqual([
      ['`heartbeat`', 'a third of the lease'],
      ['`storeTimeout`', '2 s, or a quarter of the lease if that is shorter'],
    ])
  })
})

describe('the table of the errors', () => {
  const source = read('../src/errors.ts')
  const union = source.slice(source.indexOf('OnceErrorCode ='), source.indexOf('export interface'))
  const retryable = source.slice(source.indexOf('const RETRYABLE'))
  const rows = tableUnder('Errors')

  test('has every code, and no other', () => {
    expect(rows.map(nameIn)).toEqual(codesIn(union))
  })

  test('says of each whether a retry can help', () => {
    const told = rows.filter(([, , retry]) => retry === 'yes').map(nameIn)
    expect(told.toSorted()).toEqual(codesIn(retryable).toSorted())
  })
})

describe('the table of the instruments', () => {
  const said = tableUnder('Observability').flat().join(' ')

  test('has every one by name', () => {
    const folder = new URL('../src/engine', import.meta.url)
    const source = readdirSync(folder)
      .map((file) => read(`../src/engine/${file}`))
      .join('\n')
    const named = new Set(
      Array.from(source.matchAll(/'(once\.[a-z.]+)'/g), ([, name = '']) => name),
    )
    for (const attribute of ['once.execute', 'once.key', 'once.outcome', 'once.attempt']) {
      expect(named).toContain(attribute)
      named.delete(attribute)
    }
    expect(named).toContain('once.duration')
    for (const name of named) expect(said).toContain(`\`${name}\``)
  })

  test('has every way a call can end', async () => {
    await using once = await Once.create(Once.defaultConfig('test'))
    const { operations } = (await once.health()).details
    const ends = Object.keys(operations)
    expect(ends).toContain('executed')
    for (const end of ends) expect(said).toContain(`\`${end}\``)
  })
})

/** The cells of the first table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`)
  const [table = ''] = /\n\|(?:.*\n\|)+.*/.exec(section) ?? []
  const [, , ...rows] = table.trim().split('\n')
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function nameIn([cell = '']: readonly string[]): string {
  return cell.replaceAll('`', '')
}

function codesIn(text: string): string[] {
  return Array.from(text.matchAll(/'(ONCE_[A-Z_]+)'/g), ([, code = '']) => code)
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}
