import { describe, expect, test } from 'vitest'

import { stateDirectory } from '../src/state-directory.ts'
import { chooseStore } from '../src/store-choice.ts'

const linux = { platform: 'linux' as const, home: '/home/ada', env: {} }

describe('the folder of this user', () => {
  test.each([
    ['linux', {}, '/home/ada/.local/state/once'],
    ['linux', { XDG_STATE_HOME: '/var/state' }, '/var/state/once'],
    ['linux', { XDG_STATE_HOME: 'relative/is/invalid' }, '/home/ada/.local/state/once'],
    ['linux', { XDG_STATE_HOME: '' }, '/home/ada/.local/state/once'],
    ['freebsd', {}, '/home/ada/.local/state/once'],
    ['darwin', { XDG_STATE_HOME: '/var/state' }, '/home/ada/Library/Application Support/once'],
  ] as const)('on %s with %j is %s', (platform, env, path) => {
    expect(stateDirectory({ platform, env, home: '/home/ada' })).toBe(path)
  })

  test('on Windows is below LOCALAPPDATA, or where that is by default', () => {
    const home = String.raw`C:\Users\Ada`
    const folder = String.raw`C:\Users\Ada\AppData\Local\once`
    const env = { LOCALAPPDATA: String.raw`C:\Users\Ada\AppData\Local` }
    expect(stateDirectory({ platform: 'win32', home, env })).toBe(folder)
    expect(stateDirectory({ platform: 'win32', home, env: {} })).toBe(folder)
  })
})

describe('the store', () => {
  test('is the one of --store, else ONCE_STORE, else ONCE_URL, else a file of this user', () => {
    const env = { ONCE_STORE: 'redis://b', ONCE_URL: 'redis://c' }
    expect(chooseStore('redis://a', { ...linux, env }).store).toBe('redis://a')
    expect(chooseStore(undefined, { ...linux, env }).store).toBe('redis://b')
    expect(
      chooseStore(undefined, { ...linux, env: { ONCE_STORE: '', ONCE_URL: 'redis://c' } }).store,
    ).toBe('redis://c')
    expect(chooseStore(undefined, linux)).toEqual({
      store: 'sqlite:/home/ada/.local/state/once/once.db',
      directory: '/home/ada/.local/state/once',
    })
  })

  test.each([
    ['memory:', '--store: memory: would be forgotten'],
    ['MEMORY:x', 'would be forgotten'],
    ['', '--store is empty'],
    ['./once.db', '"./once.db" is no store URL'],
  ])('%j is refused with the reason', (url, message) => {
    expect(() => chooseStore(url, linux)).toThrow(message)
  })

  test('of a refused variable, the variable is named', () => {
    expect(() => chooseStore(undefined, { ...linux, env: { ONCE_URL: 'memory:' } })).toThrow(
      'ONCE_URL: memory:',
    )
  })
})
