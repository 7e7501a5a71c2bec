import type { Flight } from './flight.ts'

const CHAINS = 4096

/** The flights that may be joined, by key. Chains instead of a Map for the reason that {@link LinkedList} tells. */
export class FlightTable {
  readonly #chains: (Flight | undefined)[] = Array.from({ length: CHAINS }, () => undefined)

  find(hash: number, flightKey: string): Flight | undefined {
    let flight = this.#chains[hash % CHAINS]
    while (flight !== undefined && flight.flightKey !== flightKey) flight = flight.nextInChain
    return flight
  }

  add(flight: Flight): void {
    const chain = flight.hash % CHAINS
    flight.nextInChain = this.#chains[chain]
    this.#chains[chain] = flight
  }

  delete(flight: Flight): void {
    const chain = flight.hash % CHAINS
    let before: Flight | undefined
    let at = this.#chains[chain]
    while (at !== undefined && at !== flight) {
      before = at
      at = at.nextInChain
    }
    if (at === undefined) return
    if (before === undefined) this.#chains[chain] = flight.nextInChain
    else before.nextInChain = flight.nextInChain
    flight.nextInChain = undefined
  }

  all(): readonly Flight[] {
    const flights: Flight[] = []
    for (const first of this.#chains) {
      for (let flight = first; flight !== undefined; flight = flight.nextInChain)
        flights.push(flight)
    }
    return flights
  }
}
