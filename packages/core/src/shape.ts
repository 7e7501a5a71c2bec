import { z } from 'zod'

/** What a schema takes in, all its alternatives laid over each other. */
export interface Shape {
  /** JSON types taken: `string`, `number`, `boolean`, `null`, `array`, `object`. */
  readonly types: ReadonlySet<string>
  /** Does an alternative say nothing of its type (a custom check)? */
  readonly any: boolean
  /** The words of enums and literals. */
  readonly words: ReadonlySet<string>
  /** Fields by name, of every object among the alternatives. */
  readonly fields: ReadonlyMap<string, Shape>
  /** The elements of a list or the values of a record. */
  readonly elements: Shape | undefined
}

/** Reads the shape of a schema by way of JSON Schema, zod's public description of itself. */
export function shapeOf(schema: z.ZodType): Shape {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return read([root], root, [])
}

/** The shape at a path inside, or `undefined` where the schema says nothing. */
export function shapeAt(shape: Shape, path: readonly PropertyKey[]): Shape | undefined {
  let current: Shape | undefined = shape
  for (const step of path) current = current?.fields.get(String(step)) ?? current?.elements
  return current
}

type Node = z.core.JSONSchema.BaseSchema

function read(nodes: readonly Node[], root: Node, above: readonly Node[]): Shape {
  const all = nodes.flatMap((node) => alternatives(node, root))
  // A schema that contains itself is read once: below, it has a type but no fields.
  const flat = all.filter((node) => !above.includes(node))
  const within = [...above, ...flat]
  const inner = (next: readonly Node[]): Shape => read(next, root, within)

  const fields = new Map<string, Node[]>()
  for (const node of flat) {
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      fields.set(name, [...(fields.get(name) ?? []), ...asNode(field)])
    }
  }
  const elements = flat.flatMap(({ additionalProperties, items }) =>
    [additionalProperties, items].flat().flatMap(asNode),
  )
  return {
    types: new Set(all.flatMap(typesOf)),
    any: all.some(saysNothing),
    words: new Set(all.flatMap(wordsOf)),
    fields: new Map([...fields].map(([name, field]) => [name, inner(field)])),
    elements: elements.length > 0 ? inner(elements) : undefined,
  }
}

function alternatives(node: Node, root: Node): Node[] {
  const target = resolve(node, root)
  const nested = [...(target.anyOf ?? []), ...(target.oneOf ?? []), ...(target.allOf ?? [])]
  return [target, ...nested.flatMap(asNode).flatMap((inner) => alternatives(inner, root))]
}

function resolve(node: Node, root: Node): Node {
  if (node.$ref === undefined) return node
  if (node.$ref === '#') return root
  const definition = root.$defs?.[node.$ref.replace('#/$defs/', '')]
  return asNode(definition)[0] ?? node
}

function typesOf(node: Node): string[] {
  // Of a union of types, JSON Schema makes a list.
  return [node.type ?? []].flat().map((type: string) => (type === 'integer' ? 'number' : type))
}

function wordsOf(node: Node): string[] {
  const values: unknown[] = [...(node.enum ?? []), ...('const' in node ? [node.const] : [])]
  return values.filter((value) => typeof value === 'string')
}

function saysNothing(node: Node): boolean {
  return !['type', 'anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', 'pattern'].some(
    (keyword) => keyword in node,
  )
}

function asNode(value: unknown): Node[] {
  return typeof value === 'object' && value !== null ? [value as Node] : []
}
