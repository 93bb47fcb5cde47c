/**
 * JSON Schemas of the schemas of a contract.
 *
 * @module
 */

import type { Schema } from "../../contract/schema.ts";
import type { JsonSchema } from "./document.ts";

/** Converts the schemas of libraries that do not do so themselves: to draft 7, of the input. */
export type ToJsonSchema = (schema: Schema) => JsonSchema | undefined;

/** What [Standard JSON Schema](https://standardschema.dev/json-schema) adds to a schema. */
interface JsonSchemaProperties {
  readonly jsonSchema?: { readonly input: (options: { readonly target: "draft-07" } & object) => JsonSchema };
}

/** Zod's option for parts that JSON Schema has no words for: they allow anything. Other libraries ignore it. */
const OPTIONS = { target: "draft-07", libraryOptions: { unrepresentable: "any" } } as const;

/**
 * Returns the JSON Schema of what is on the wire: the input of a schema, in both directions. `{}` if there is none.
 *
 * @param schema A schema of a contract.
 * @param pointer Where it will be in the document: references inside it are to itself.
 * @param convert Is tried first.
 */
export function jsonSchemaOf(schema: Schema | undefined, pointer: string, convert?: ToJsonSchema): JsonSchema {
  if (!schema) return {};
  const found = convert?.(schema) ?? standardSchemaOf(schema);
  const { $schema: _, "~standard": _own, ...rest } = found;
  return moved(rest, pointer) as JsonSchema;
}

function standardSchemaOf(schema: Schema): JsonSchema {
  const { jsonSchema } = schema["~standard"] as JsonSchemaProperties;
  try {
    return jsonSchema?.input(OPTIONS) ?? {};
  } catch { // no JSON Schema says it, which libraries report like this
    return {};
  }
}

/** Copies a JSON Schema whose root was the document, so that its references hold below `pointer`. */
function moved(part: unknown, pointer: string): unknown {
  if (Array.isArray(part)) return part.map((item) => moved(item, pointer));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      const isReference = key === "$ref" && typeof value === "string" && value.startsWith("#");
      return [key, isReference ? `${pointer}${value.slice(1)}` : moved(value, pointer)];
    }),
  );
}
