/**
 * Where log lines go: fields first, then the message. A pino logger fits as it is.
 */
export interface Logger {
  trace(fields: object, message?: string): void
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
  fatal(fields: object, message?: string): void
  /** A logger that adds `fields` to each of its lines. */
  child(fields: Record<string, unknown>): Logger
}

const nothing = (): void => {}

/** Says nothing; what a component uses when no logger is injected. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
}

/** Where configuration that may change while running comes from. */
export interface ConfigSource {
  /** The value at `path`, or `undefined` when there is none. Not validated. */
  get(path: string): Promise<unknown>
  /**
   * Calls `onChange` with each later value at `path`, until the result is disposed or `signal`
   * aborts.
   */
  watch(
    path: string,
    onChange: (value: unknown) => void,
    options?: { readonly signal?: AbortSignal },
  ): Promise<AsyncDisposable>
}
