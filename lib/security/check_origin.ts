/**
 * Which web pages may connect: browsers tell in the `Origin` header what page opens a WebSocket, and do not stop
 * foreign pages from it themselves.
 *
 * @module
 */

/**
 * Which origins may connect:
 *
 * - `true`: pages of the endpoint's own host, see `host`
 * - `"conn"`: pages with the scheme, host and port of the request itself
 * - a list, such as `["https://example.com", "//localhost:4000", "//*.example.com"]`: scheme and port may be left out,
 *   a `*.` in front stands for the host and all below it
 * - a function that decides
 * - `false`: all, which is only safe where no cookie or address gives a client its rights
 *
 * A client without an `Origin` header is no browser, and passes.
 */
export type CheckOrigin = boolean | "conn" | readonly string[] | ((origin: URL, request: Request) => boolean);

/** Decides whether the page that sent `request` may connect. */
export type OriginCheck = (request: Request) => boolean;

/**
 * Makes the check for an option.
 *
 * @param option Which origins may connect.
 * @param host The endpoint's own host name, for `true`; the request's `Host` header where it is not given.
 * @throws {TypeError} If an entry of a list is not an origin.
 */
export function originCheck(option: CheckOrigin, host?: string): OriginCheck {
  if (option === false) return () => true;
  const allows = allower(option, host);
  return (request) => {
    const header = request.headers.get("origin");
    if (header === null) return true;
    const origin = URL.parse(header);
    return origin !== null && origin.host !== "" && allows(origin, request);
  };
}

function allower(option: Exclude<CheckOrigin, false>, host?: string): (origin: URL, request: Request) => boolean {
  if (typeof option === "function") return option;
  if (option === "conn") return isSameOrigin;
  if (option === true) return (origin, request) => origin.hostname === (host ?? hostOf(request).hostname);
  const patterns = option.map(parsePattern);
  return (origin) => patterns.some((pattern) => matches(pattern, origin));
}

/** The server as the client addressed it. */
function hostOf(request: Request): URL {
  const { url, headers } = request;
  const host = headers.get("host");
  const scheme = url.slice(0, url.indexOf(":"));
  return (host === null ? null : URL.parse(`${scheme}://${host}`)) ?? new URL(url);
}

function isSameOrigin(origin: URL, request: Request): boolean {
  const own = hostOf(request);
  return origin.protocol === own.protocol.replace("ws", "http") && origin.host === own.host;
}

interface OriginPattern {
  readonly protocol: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  readonly andBelow: boolean;
}

function parsePattern(text: string): OriginPattern {
  const parts = /^(?:([a-z][a-z0-9+.-]*):)?\/\/(\*\.)?([^/:*\s]+|\[[^\]]+\])(?::(\d+))?\/?$/i.exec(text);
  if (!parts) {
    throw new TypeError(`Cannot check origins: expected "//host" or "scheme://host", received ${JSON.stringify(text)}`);
  }
  const [, scheme, star, host, port] = parts;
  return {
    protocol: scheme === undefined ? undefined : `${scheme.toLowerCase()}:`,
    host: host!.toLowerCase(),
    port,
    andBelow: star !== undefined,
  };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

function matches(pattern: OriginPattern, origin: URL): boolean {
  const { protocol, host, port, andBelow } = pattern;
  if (protocol !== undefined && protocol !== origin.protocol) return false;
  if (port !== undefined && port !== (origin.port || DEFAULT_PORTS[origin.protocol])) return false;
  return origin.hostname === host || (andBelow && origin.hostname.endsWith(`.${host}`));
}
