/** One of several processes of the service: the code of `pay()` as it is, fed by messages in place of HTTP. */
import { Once } from '@oncekit/once'
import { LedgerRefusal } from '../ledger.ts'
import type { Charge, ChargeOptions } from '../ledger.ts'
import { pay } from '../pay.ts'
import type { PayDeps } from '../pay.ts'
import { parsePayment } from '../payment.ts'
import type { Payment } from '../payment.ts'
import { problemOf } from '../problem-of.ts'
import type { ChargeAnswer } from './bank.ts'
import type { FromWorker, PayAnswer, PayRequest, ToWorker, WorkerSettings } from './messages.ts'

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings
const charges = new Map<number, (answer: ChargeAnswer) => void>()
let chargeCount = 0

// Ctrl-C reaches the whole group; the parent decides, and when it is gone there is nothing to do.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

try {
  const once = await Once.create({
    ...Once.defaultConfig('production'),
    ...settings,
    serviceName: 'payments',
  })
  const deps: PayDeps = { once: tellingReruns(once), ledger: { charge: chargeByMessage } }
  process.on('message', (message: ToWorker) => {
    if (message.type === 'charge-answer') return charges.get(message.id)?.(message.answer)
    void answer(message.request, deps).then((answered) =>
      tell({ type: 'answer', id: message.id, answer: answered }),
    )
  })
  tell({ type: 'ready' })
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
}

async function answer({ key, body }: PayRequest, deps: PayDeps): Promise<PayAnswer> {
  const payment = async () => pay(key, parsePayment(body), deps)
  const reply = await payment().catch((error: unknown) => problemOf(error).reply())
  return {
    status: reply.status,
    replayed: reply.headers?.['idempotent-replayed'] !== undefined,
    body: reply.body,
  }
}

/** The ledger is in another process, which goes on when this one is killed. */
function chargeByMessage(
  payment: Payment,
  { idempotencyKey, fence, signal }: ChargeOptions,
): Promise<Charge> {
  const id = ++chargeCount
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    charges.set(id, (given) => {
      charges.delete(id)
      if (given.verdict !== 'refused') return resolve(given.charge)
      reject(new LedgerRefusal('OLD_FENCE', `fence ${fence} is older than one already seen`))
    })
    tell({ type: 'charge', id, request: { payment, idempotencyKey, fence } })
  })
}

/** Whatever permits that a payment is asked for again at the ledger. */
function tellingReruns(once: Once): PayDeps['once'] {
  return {
    executeOutcome: (key, callback, options) =>
      once.executeOutcome(
        key,
        async (run) => {
          if (run.attempt > 1) tell({ type: 'takeover', key })
          try {
            return await callback(run)
          } catch (error) {
            tell({ type: 'failed-run', key })
            throw error
          }
        },
        options,
      ),
  }
}

function tell(message: FromWorker): void {
  process.send?.(message)
}
