/**
 * The entries of a list of origins: `//example.com`, `https://*.example.com`, `//localhost:4000`.
 *
 * @module
 */

import { normalHost } from "./_normal_host.ts";

/** A parsed entry: the origins that it matches. */
export interface OriginPattern {
  /** The scheme, such as `https:`; any if `undefined`. */
  readonly protocol: string | undefined;
  /** The host, normalized by `normalHost`. */
  readonly host: string;
  /** The port; any if `undefined`. */
  readonly port: string | undefined;
  /** Whether subdomains match too. */
  readonly andBelow: boolean;
}

const ENTRY = /^(?:([a-z][a-z0-9+.-]*):)?\/\/(\*\.)?([^/:*]+|\[[^\]]+\])(?::(\d+))?\/?$/i;
/** Schemes that no page has: its origin is `http` or `https`, even if it opens a `ws` or `wss` connection. */
const NO_PAGE = /^wss?$/i;
const HIGHEST_PORT = 65_535;

/**
 * Parses an entry.
 *
 * @throws {TypeError} If it is not an origin pattern, or no page can have such an origin.
 */
export function parseOriginPattern(text: string): OriginPattern {
  const [, scheme, star, host = "", port] = ENTRY.exec(text) ?? [];
  const normal = normalHost(host);
  if (normal === undefined || Number(port ?? 0) > HIGHEST_PORT || NO_PAGE.test(scheme ?? "")) {
    throw new TypeError(
      `Cannot check origins: expected "//host" or "scheme://host" of a page, received ${JSON.stringify(text)}; ` +
        `for pages without a host, "null" and "file://", let "checkOrigin" be a function`,
    );
  }
  return {
    protocol: scheme === undefined ? undefined : `${scheme.toLowerCase()}:`,
    host: normal,
    port: port === undefined ? undefined : `${Number(port)}`,
    andBelow: star !== undefined,
  };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** Returns whether `origin` matches `pattern`. */
export function matchesPattern({ protocol, host, port, andBelow }: OriginPattern, origin: URL): boolean {
  if (protocol !== undefined && protocol !== origin.protocol) return false;
  if (port !== undefined && port !== (origin.port || DEFAULT_PORTS[origin.protocol])) return false;
  const found = normalHost(origin.hostname);
  return found === host || (andBelow && found !== undefined && found.endsWith(`.${host}`));
}
