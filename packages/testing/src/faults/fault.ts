import type { Random } from './random.ts'

/** What data a fault may cost. `recent`: of the last seconds. */
export type Loss = 'nothing' | 'recent' | 'everything'

/** Something that can go wrong, and how to make it so. */
export interface Fault {
  /** `redis-kill-aof-always`, `stop@after-claim` */
  readonly kind: string
  /** Whether everybody feels it, or one process. */
  readonly harms: 'store' | 'process'
  readonly loses: Loss
  /**
   * Makes it happen, and makes it good again; resolves when all is as before. False: it did not
   * come to it. `begins` is to be called right before the harm.
   */
  inject(random: Random, begins: (about?: string) => void): Promise<boolean>
}
