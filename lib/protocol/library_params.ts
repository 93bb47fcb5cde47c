/**
 * Parameters of a join that belong to the library.
 *
 * @module
 */

/** The parameters of a join that belong to the library. The application does not see them. */
export interface LibraryParams {
  /**
   * The position in a topic's history up to which the client knows it, or `"last:20"` for the last messages.
   *
   * @default {nothing is recovered}
   */
  readonly since?: string | null;
}

/** Their names. */
export const LIBRARY_PARAMS: readonly string[] = ["since"] satisfies (keyof LibraryParams)[];

/**
 * Removes the parameters of the library from those of a join.
 *
 * @param params What the client sent.
 * @returns The same value if it has none of them, otherwise a copy without them.
 */
export function withoutLibraryParams(params: unknown): unknown {
  if (typeof params !== "object" || params === null || Array.isArray(params) || ArrayBuffer.isView(params)) {
    return params;
  }
  if (!LIBRARY_PARAMS.some((name) => Object.hasOwn(params, name))) return params;
  return Object.fromEntries(Object.entries(params).filter(([name]) => !LIBRARY_PARAMS.includes(name)));
}

/** Returns the parameter `since` of a join, `undefined` if there is none. */
export function sinceOf(params: unknown): unknown {
  if (typeof params !== "object" || params === null || !Object.hasOwn(params, "since")) return undefined;
  return Reflect.get(params, "since");
}
