import { Once } from '@oncekit/once'

import { providerContract } from '@oncekit/testing/provider-contract'
import { onceContract } from './support/once-contract.ts'

providerContract(Once, {
  ...onceContract(Once.defaultConfig('test')),
  broken: { ...Once.defaultConfig('test'), store: 'sqlite:/no/such/folder/once.db' },
})
