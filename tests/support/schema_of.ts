/**
 * Schemas of no library, for tests of what a schema may do wrong.
 *
 * @module
 */

import type { Schema } from "@urvogel/realtime/contract";

/** Creates a schema that returns what `validate` returns, or throws what it throws. */
export function schemaOf<O = unknown>(validate: (value: unknown) => unknown): Schema<O> {
  return { "~standard": { version: 1, vendor: "tests", validate: validate as never } };
}
