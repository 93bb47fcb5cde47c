/**
 * Parameters of a connection, read from the query of its URL as Plug does, on which Phoenix is built.
 *
 * No package implements this grammar: `qs` and its relatives turn `a[0]=x` into a list, change the shape of long lists,
 * merge texts and maps that share a name, and accept broken percent-encoding. These are the rules:
 *
 * - Names and values are form-encoded UTF-8: `+` is a space. Anything else is malformed.
 * - `a[b]=c` nests: in the name, everything between the first `[` and a `]` at the very end, split at `][`.
 * - `a[]=1&a[]=2` is a list of any length. `a[0]=x` is a map with the key `"0"`.
 * - If a name occurs several times, the last one wins, whatever its shape.
 *
 * @module
 */

/**
 * A parameter: text, a list (from `a[]=1`) or a map (from `a[b]=1`).
 *
 * @category Transport
 */
export type Param = string | Param[] | Params;

/**
 * Parameters by name. The object has no prototype, so it holds only names that the client sent.
 *
 * @category Transport
 */
export interface Params {
  /** The value that the client sent under this name, if any. */
  readonly [name: string]: Param | undefined;
}

/** Thrown by {@linkcode parseParams} for a query that cannot be read. The client gets status 400. */
export class MalformedParamsError extends Error {
  /** Creates the error; `why` completes "Cannot read parameters: ". */
  constructor(why: string) {
    super(`Cannot read parameters: ${why}`);
    this.name = "MalformedParamsError";
  }
}

/** Maximum nesting of names: `a[b]` has depth 1. A deeper name makes the query malformed; nothing is cut off. */
export const MAX_PARAM_DEPTH = 32;

/**
 * Parses a query as Phoenix does: `a[b]=c` nests, `a[]=1&a[]=2` makes a list, and the last of equal names wins.
 *
 * @example Usage
 * ```ts
 * import { parseParams } from "./params.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { user } = parseParams("?user[name]=ann&user[tags][]=x&user[tags][]=y");
 * assertEquals(JSON.stringify(user), '{"name":"ann","tags":["x","y"]}');
 * ```
 *
 * @param query The query of a URL, with or without `?`.
 * @param more Parameters from the path, which take precedence.
 * @returns The parameters.
 * @throws {MalformedParamsError} If the query is not form-encoded UTF-8, or a name nests deeper than 32.
 */
export function parseParams(query: string, more: Readonly<Record<string, string>> = {}): Params {
  const root = new Level();
  const pairs = (query.startsWith("?") ? query.slice(1) : query).split("&");
  for (const pair of pairs) {
    if (pair !== "") insert(root, pair);
  }
  return Object.assign(root.toMap(), more);
}

function insert(root: Level, pair: string): void {
  const equals = pair.indexOf("=");
  const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
  const value = equals === -1 ? "" : decoded(pair.slice(equals + 1));
  const keys = keysOf(name);
  const last = keys.pop();
  let level = root;
  for (const key of keys) level = level.below(key);
  level.put(last, value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new MalformedParamsError("the query is not form-encoded UTF-8");
  }
}

/** Splits a name into its keys: the name itself and those in brackets; `undefined` stands for `[]`. */
function keysOf(name: string): (string | undefined)[] {
  const bracket = name.indexOf("[");
  if (bracket < 1 || !name.endsWith("]")) return [name];
  const keys = name.slice(bracket + 1, -1).split("][");
  if (keys.length > MAX_PARAM_DEPTH) {
    throw new MalformedParamsError(`a name must nest <= ${MAX_PARAM_DEPTH} deep, received ${keys.length}`);
  }
  return [name.slice(0, bracket), ...keys.map((key) => key === "" ? undefined : key)];
}

/** The entries below one name, in order. The last entry decides whether they are a list or a map. */
class Level {
  readonly #entries: { readonly key: string | undefined; readonly value: string | Level }[] = [];
  readonly #levels = new Map<string | undefined, Level>();

  /** Returns the level below `key`. Its position is that of its first entry. */
  below(key: string | undefined): Level {
    const known = this.#levels.get(key);
    if (known) return known;
    const level = new Level();
    this.#levels.set(key, level);
    this.put(key, level);
    return level;
  }

  /** Adds an entry; one without a key is a list item. */
  put(key: string | undefined, value: string | Level): void {
    this.#entries.push({ key, value });
  }

  toMap(): Record<string, Param> {
    const map: Record<string, Param> = Object.create(null);
    for (const { key, value } of this.#entries) {
      if (key !== undefined) map[key] = valueOf(value);
    }
    return map;
  }

  toParam(): Param {
    if (this.#entries.at(-1)!.key !== undefined) return this.toMap();
    return this.#entries.filter(({ key }) => key === undefined).map(({ value }) => valueOf(value));
  }
}

function valueOf(value: string | Level): Param {
  return typeof value === "string" ? value : value.toParam();
}
