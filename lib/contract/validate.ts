/**
 * Validates values with the schemas of a contract.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { quoted } from "../base/printable.ts";
import { isThenable } from "../base/thenable.ts";
import { type Issue, issuesOf } from "./issue.ts";
import type { OutputOf, Schema } from "./schema.ts";

/**
 * The result of {@linkcode validate} for a value that fits: the output of the schema.
 *
 * @category Contracts
 */
export interface Valid<O> {
  /** The kind of result. */
  readonly kind: "valid";
  /** The output of the schema. */
  readonly value: O;
}

/**
 * The result of {@linkcode validate} for a value that does not fit: the issues.
 *
 * @category Contracts
 */
export interface Invalid {
  /** The kind of result. */
  readonly kind: "invalid";
  /** The issues, in a form that may be sent to the client. */
  readonly issues: readonly Issue[];
}

/**
 * The result of {@linkcode validate}.
 *
 * @category Contracts
 */
export type Validated<O = unknown> = Valid<O> | Invalid;

/**
 * Validates a value.
 *
 * ```ts
 * import { validate } from "@urvogel/realtime/contract";
 * import { assertEquals } from "@std/assert";
 * import * as v from "valibot";
 *
 * const schema = v.object({ tags: v.array(v.string("Must be a text")) });
 * assertEquals(await validate(schema, { tags: ["a", 1] }), {
 *   kind: "invalid",
 *   issues: [{ message: "Must be a text", path: ["tags", 1] }],
 * });
 * ```
 *
 * @category Contracts
 * @param schema The schema.
 * @param value Anything.
 * @returns The output of the schema, or the issues; a promise of it if the schema is asynchronous.
 * @throws What the schema throws, which is a mistake of the schema, not of `value`.
 * @throws {TypeError} If the schema does not return a result of Standard Schema.
 */
export function validate<S extends Schema>(schema: S, value: unknown): MaybePromise<Validated<OutputOf<S>>> {
  const standard = schema["~standard"];
  const result = standard.validate(value);
  // Before `issues` is read: nearly all results are not promises, and have none.
  if (isThenable(result)) return Promise.resolve(result).then((result) => validatedOf(result, standard.vendor));
  return validatedOf(result, standard.vendor);
}

function validatedOf<O>(result: unknown, vendor: string): Validated<O> {
  if (result === null || (typeof result !== "object" && typeof result !== "function")) throw noResult(result, vendor);
  const { issues } = result as { readonly issues?: unknown };
  if (issues) return { kind: "invalid", issues: issuesOf(issues) };
  if (!("value" in result)) throw noResult(result, vendor);
  return { kind: "valid", value: result.value as O };
}

function noResult(result: unknown, vendor: string): TypeError {
  return new TypeError(`Cannot validate: a schema of ${quoted(vendor)} returned no result, but ${quoted(result)}`);
}
