import { types } from 'node:util'
import { Unencodable } from '../unencodable.ts'
import { type Kind, kind, text } from './kind.ts'

/** Binary data. */
export const byteKinds: readonly Kind[] = [
  kind<ArrayBuffer>({
    tag: 'ArrayBuffer',
    prototype: ArrayBuffer.prototype,
    is: types.isArrayBuffer,
    arity: 1,
    read(buffer) {
      refuseOddMemory(buffer)
      return [base64Of(new Uint8Array(buffer))]
    },
    open: ([base64]) => bytesFrom(base64),
  }),
  view(
    'Buffer',
    Buffer.prototype as object,
    (value) => Buffer.isBuffer(value),
    (bytes) => Buffer.from(bytes),
  ),
  view('DataView', DataView.prototype, types.isDataView, (bytes) => new DataView(bytes)),
  ...[
    Uint8Array,
    Uint8ClampedArray,
    Uint16Array,
    Uint32Array,
    BigUint64Array,
    Int8Array,
    Int16Array,
    Int32Array,
    BigInt64Array,
    Float16Array,
    Float32Array,
    Float64Array,
  ].map((Elements) =>
    view(
      Elements.name,
      Elements.prototype,
      (value) => elementsOf(value) === Elements.name,
      (bytes) => new Elements(bytes),
    ),
  ),
]

/** The bytes a view shows, and no others of its buffer. */
function base64Of({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

/** A copy of memory that others can change, grow or take away would not be the same thing. */
function refuseOddMemory(buffer: ArrayBufferLike): void {
  if (!types.isArrayBuffer(buffer)) throw new Unencodable('shared memory')
  if (buffer.resizable) throw new Unencodable('resizable memory')
  if (buffer.detached) throw new Unencodable('detached memory')
}

function view(
  tag: string,
  prototype: object,
  is: (value: object) => boolean,
  over: (bytes: ArrayBuffer) => ArrayBufferView,
): Kind {
  return kind<ArrayBufferView>({
    tag,
    prototype,
    is,
    arity: 1,
    withoutFields: true,
    read(value) {
      refuseOddMemory(value.buffer)
      return [base64Of(value)]
    },
    open: ([bytes]) => over(bytes instanceof ArrayBuffer ? bytes : bytesFrom(bytes)),
  })
}

function bytesFrom(slot: unknown): ArrayBuffer {
  const base64 = text(slot)
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((base64.length / 4) * 3 - padding)
  // Buffer skips what is not base64, so a short count betrays it.
  const written = Buffer.from(bytes.buffer).write(base64, 'base64')
  if (base64.length % 4 !== 0 || written !== bytes.length) throw new TypeError('not base64')
  return bytes.buffer
}

const anyTypedArray: object = Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}

/** The name of a typed array's class by its internal slot; `undefined` for anything else. */
function elementsOf(value: object): unknown {
  return Reflect.get(anyTypedArray, Symbol.toStringTag, value)
}
