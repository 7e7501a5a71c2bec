import { MemoryOnceStore } from '@oncekit/once'

import { onceConformance } from '../../src/conformance/engine.ts'

onceConformance('memory', async () => ({ store: new MemoryOnceStore() }))
