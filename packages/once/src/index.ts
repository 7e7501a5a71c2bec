export { Once } from './once.ts'
export type { OnceConfig } from './config.ts'
export { OnceError, OnceInProgressError, OnceMismatchError, isOnceError } from './errors.ts'
export type { Holder, OnceErrorCode } from './errors.ts'
export { storageKey } from './key.ts'
export type { OnceRecord, RecordState } from './record.ts'
export { MemoryOnceStore } from './stores/memory.ts'
export type * from './store.ts'
export type {
  ClearOptions,
  DuplicatePolicy,
  ExecuteOptions,
  ExecuteOutcome,
  ListOptions,
  OnceDeps,
  OnceHealth,
  RecordStatus,
  RecordView,
  Run,
  StoreErrorPolicy,
  WrapOptions,
} from './types.ts'
