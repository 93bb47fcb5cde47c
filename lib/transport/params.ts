/**
 * Parameters of a connection.
 *
 * @module
 */

// @ts-types="npm:@types/qs@6.15.1"
import qs from "qs";

/** A parameter: text, or what `a[]=1` and `a[b]=1` make. */
export type Param = string | Param[] | Params;

/** Parameters by name. Has no prototype: every name is only what the client sent. */
export interface Params {
  /** What the client sent under this name, if anything. */
  readonly [name: string]: Param | undefined;
}

/** Most that one URL may carry; the rest is not read. */
const LIMITS = { depth: 8, parameterLimit: 1000, arrayLimit: 100 } as const;

/**
 * Reads a query the way Phoenix does: `a[b]=c` nests, `a[]=1&a[]=2` makes a list, of equal names the last one counts.
 *
 * @param query The query of a URL, with or without `?`.
 * @param more Parameters from the path, which win.
 * @returns The parameters.
 */
export function parseParams(query: string, more: Readonly<Record<string, string>> = {}): Params {
  const parsed = qs.parse(query, { ...LIMITS, ignoreQueryPrefix: true, plainObjects: true, duplicates: "last" });
  return Object.assign(parsed, more) as Params;
}
