import { OnceError } from '../../errors.ts'

export function codeOf(error: unknown): string | undefined {
  return error instanceof OnceError ? error.code : undefined
}
