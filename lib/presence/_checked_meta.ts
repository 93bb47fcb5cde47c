/**
 * Metas that are validated before they are tracked: parts of them often come from clients.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { isThenable } from "../base/thenable.ts";
import type { Schema } from "../contract/schema.ts";
import { validate } from "../contract/validate.ts";
import type { MetaUpdate } from "./meta.ts";

/**
 * Validates a meta.
 *
 * @param schema The schema; without one, any meta is fine.
 * @param meta The meta.
 * @returns What the schema makes of it.
 * @throws {TypeError} If it does not fit, or the schema is asynchronous.
 */
export function checkedMeta<M extends object>(schema: Schema<M> | undefined, meta: M): M {
  if (schema === undefined) return meta;
  const validated = validate(schema, meta);
  if (isThenable(validated)) {
    Promise.resolve(validated).catch(() => {}); // its result is of no use
    throw new TypeError("Cannot track: the schema of metas must not be asynchronous");
  }
  if (validated.kind === "valid") return validated.value;
  throw new TypeError(`Cannot track: the meta does not fit its schema: ${quoted(validated.issues, 1000)}`);
}

/** Like {@linkcode checkedMeta}, for an update. The references of the current meta do not count. */
export function checkedUpdate<M extends object>(schema: Schema<M> | undefined, update: MetaUpdate<M>): MetaUpdate<M> {
  if (schema === undefined) return update;
  if (typeof update !== "function") return checkedMeta(schema, update);
  return (current) => {
    const { phx_ref: _, phx_ref_prev: __, ...meta } = update(current) as M & {
      phx_ref?: string;
      phx_ref_prev?: string;
    };
    return checkedMeta(schema, meta as unknown as M);
  };
}
