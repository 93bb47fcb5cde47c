/**
 * Schemas: validators of any library that implements Standard Schema, such as Zod, Valibot and ArkType.
 *
 * @module
 */

/**
 * A schema of any library that implements [Standard Schema](https://standardschema.dev), version 1: the used part of
 * its `StandardSchemaV1`. `I` is the type of what is sent, `O` the type of what arrives once it has been validated: a
 * schema may transform the value.
 *
 * @category Contracts
 */
export interface Schema<I = unknown, O = I> {
  /** What Standard Schema defines. */
  readonly "~standard": SchemaProperties<I, O>;
}

/**
 * What a schema offers, as Standard Schema defines it.
 *
 * @category Contracts
 */
export interface SchemaProperties<I = unknown, O = I> {
  /** The version of Standard Schema. */
  readonly version: 1;
  /** The library. */
  readonly vendor: string;
  /** Validates a value. */
  readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>;
  /** The types, which only the compiler reads. */
  readonly types?: { readonly input: I; readonly output: O } | undefined;
}

/**
 * What a schema returns, as Standard Schema defines it.
 *
 * @category Contracts
 */
export type SchemaResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * What is wrong with a value, as Standard Schema defines it.
 *
 * @category Contracts
 */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where it is wrong. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The type of what is sent: the input of schema `S`.
 *
 * @category Contracts
 */
export type InputOf<S> = S extends Schema<infer I, infer _O> ? I : never;

/**
 * The type of what arrives: the output of schema `S`.
 *
 * @category Contracts
 */
export type OutputOf<S> = S extends Schema<infer _I, infer O> ? O : never;

/**
 * Returns whether `value` is a schema. It may be an object or a function. Never throws.
 *
 * @category Contracts
 * @param value Anything.
 */
export function isSchema(value: unknown): value is Schema {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    const standard = (value as Partial<Schema>)["~standard"];
    return standard?.version === 1 && typeof standard.validate === "function";
  } catch { // a getter, or a proxy
    return false;
  }
}
