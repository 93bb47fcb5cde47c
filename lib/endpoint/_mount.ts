/**
 * Finds the transport for a request by its path.
 *
 * @module
 */

import type { Transport } from "../transport/transport.ts";

/** A transport and its path. */
export interface Mount {
  /** The path, with `:name` for parameters. */
  readonly path: string;
  /** The transport that handles requests there. */
  readonly transport: Transport;
}

/** The mount that matches a request. */
export interface MatchedMount {
  /** The transport that handles the request. */
  readonly transport: Transport;
  /** The parameters of its path. */
  readonly pathParams: Readonly<Record<string, string>>;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Finds the mount of a path. Mounts without parameters come first. Empty segments are ignored, as in Plug. */
export class MountTable {
  readonly #plain = new Map<string, MatchedMount>();
  readonly #patterns: { readonly pattern: URLPattern; readonly transport: Transport }[] = [];

  /**
   * Creates the table.
   *
   * @throws {TypeError} If a path occurs twice, does not begin with a slash, or is not a valid pattern.
   */
  constructor(mounts: Iterable<Mount>) {
    for (const { path: written, transport } of mounts) {
      if (!written.startsWith("/")) throw new TypeError(`Cannot mount socket: "${written}" must begin with "/"`);
      const path = withoutEmptySegments(written);
      if (this.#plain.has(path)) {
        throw new TypeError(`Cannot mount socket: "${path}" is taken by another socket; choose another path`);
      }
      if (/[:*{(]/.test(path)) this.#patterns.push({ pattern: new URLPattern({ pathname: path }), transport });
      else this.#plain.set(path, { transport, pathParams: NO_PARAMS });
    }
  }

  /** Finds the mount that `pathname` belongs to. */
  find(pathname: string): MatchedMount | undefined {
    const path = withoutEmptySegments(pathname);
    const plain = this.#plain.get(path);
    if (plain) return plain;
    for (const { pattern, transport } of this.#patterns) {
      const groups = pattern.exec({ pathname: path })?.pathname.groups;
      if (groups) return { transport, pathParams: decodeAll(groups) };
    }
    return undefined;
  }
}

/** Normalizes a path for comparison: `//socket/websocket/` becomes `/socket/websocket`. */
export function withoutEmptySegments(path: string): string {
  const collapsed = path.includes("//") ? path.replaceAll(/\/{2,}/g, "/") : path;
  return collapsed.endsWith("/") && collapsed !== "/" ? collapsed.slice(0, -1) : collapsed;
}

function decodeAll(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(groups).map(([name, value]) => [name, decode(value ?? "")]);
  return Object.fromEntries(entries);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray "%": as it was sent
  }
}
