/**
 * The entries of a list of origins: `//example.com`, `https://*.example.com`, `//localhost:4000`.
 *
 * @module
 */

import { normalHost } from "./_normal_host.ts";

/** Which origins belong to an entry. */
export interface OriginPattern {
  /** Such as `https:`; any if `undefined`. */
  readonly protocol: string | undefined;
  /** In the spelling of `normalHost`. */
  readonly host: string;
  /** Any if `undefined`. */
  readonly port: string | undefined;
  /** Whether the hosts below are meant too. */
  readonly andBelow: boolean;
}

const ENTRY = /^(?:([a-z][a-z0-9+.-]*):)?\/\/(\*\.)?([^/:*]+|\[[^\]]+\])(?::(\d+))?\/?$/i;
/** Pages have an origin of `http` and `https` also where they open a `ws` or `wss`. */
const NO_PAGE = /^wss?$/i;
const HIGHEST_PORT = 65_535;

/**
 * Reads an entry.
 *
 * @throws {TypeError} If it is none, or no page can have such an origin.
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

/** Whether `origin` belongs to `pattern`. */
export function matchesPattern({ protocol, host, port, andBelow }: OriginPattern, origin: URL): boolean {
  if (protocol !== undefined && protocol !== origin.protocol) return false;
  if (port !== undefined && port !== (origin.port || DEFAULT_PORTS[origin.protocol])) return false;
  const found = normalHost(origin.hostname);
  return found === host || (andBelow && found !== undefined && found.endsWith(`.${host}`));
}
