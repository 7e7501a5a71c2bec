import { randomFillSync } from 'node:crypto'

const TOKEN_BYTES = 16
// One system call fills many tokens: a call each costs more than all else that a claim does in this process.
const POOL_TOKENS = 256

const pool = Buffer.alloc(TOKEN_BYTES * POOL_TOKENS)
let next = pool.length

/** 128 random bits in hex. */
export function newToken(): string {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  const token = pool.toString('hex', next, next + TOKEN_BYTES)
  next += TOKEN_BYTES
  return token
}
