/** Milliseconds by the clock that all processes of this host share and that nobody sets. */
export function hostMs(): number {
  // CLOCK_MONOTONIC counts from the boot; performance.now() from the start of each process.
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
