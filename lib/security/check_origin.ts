/**
 * Origin checks: they decide which web pages may connect. A browser lets any page open a WebSocket to any server, and
 * names the page in the `Origin` header.
 *
 * @module
 */

import { Remembered } from "../base/remembered.ts";
import { normalHost } from "./_normal_host.ts";
import { matchesPattern, parseOriginPattern } from "./_origin_pattern.ts";

/**
 * The origins that may connect:
 *
 * - `true`: pages of the endpoint's own host, see `host`
 * - `"conn"`: pages with the scheme, host and port of the request itself
 * - a list, such as `["https://example.com", "//localhost:4000", "//*.example.com"]`: scheme and port may be left out,
 *   and a leading `*.` matches the host and all its subdomains
 * - a function that decides; it may be asynchronous, with `connectTimeoutMs` as its timeout. It is also called for
 *   pages without a host: `file://`, and `null`, which a browser sends to hide an origin, as for sandboxed frames
 * - `false`: all, which is only safe if neither a cookie nor an address authorizes a client
 *
 * Hosts are normalized before they are compared: lower case, `bücher.de` as `xn--bcher-kva.de`, `[0:0::1]` as `[::1]`,
 * no dot at the end, no port if it is the default of the scheme.
 *
 * A client without an `Origin` header is not a browser, and is accepted.
 *
 * @category Security
 */
export type CheckOrigin =
  | boolean
  | "conn"
  | readonly string[]
  | ((origin: URL | null, request: Request) => boolean | Promise<boolean>);

/** Decides whether the page that sent a request may connect. */
export interface OriginCheck {
  /** Returns whether the page that sent `request` may connect. */
  allows(request: Request): boolean | Promise<boolean>;
  /** Describes the origins that would be accepted, for a log. */
  expected(request: Request): string;
}

/** Maximum number of cached decisions: on most servers all pages have one or two origins. */
const MAX_REMEMBERED = 100;

/** The check of an option, for requests that have an origin. */
interface Rule {
  readonly allows: (origin: URL | null, request: Request) => boolean | Promise<boolean>;
  readonly expected: (request: Request) => string;
}

/**
 * Creates the check for an option.
 *
 * @param option The origins that may connect.
 * @param host The endpoint's own host name, for `true`; defaults to the request's `Host` header.
 * @throws {TypeError} If an entry of a list is not an origin that a page can have, or `host` is not a host name.
 */
export function originCheck(option: CheckOrigin, host?: string): OriginCheck {
  const rule = ruleOf(option, host === undefined ? undefined : ownHost(host));
  const remembered = new Remembered<boolean | Promise<boolean>>({ maxEntries: MAX_REMEMBERED });
  return {
    expected: rule.expected,
    allows(request) {
      const header = request.headers.get("origin");
      if (header === null || option === false) return true;
      if (typeof option === "function") return isAllowed(rule, header, request);
      // The key contains all inputs of the decision. Without the cache, URLs are parsed five times for each client.
      return remembered.get(`${header}\n${addressed(request)}`, () => isAllowed(rule, header, request));
    },
  };
}

function isAllowed({ allows }: Rule, header: string, request: Request): boolean | Promise<boolean> {
  const origin = URL.parse(header);
  if (origin === null && header !== "null") return false; // no browser sends that
  const allowed = allows(origin, request);
  // Only `true` accepts: an untyped function may return anything.
  return allowed instanceof Promise ? allowed.then((allowed) => allowed === true) : allowed === true;
}

/** Returns everything that {@linkcode hostOf} reads, as part of a cache key. */
function addressed({ url, headers }: Request): string {
  const host = headers.get("host");
  return host === null ? url : `${url.slice(0, url.indexOf(":"))}\n${host}`;
}

function ruleOf(option: CheckOrigin, host: string | undefined): Rule {
  if (typeof option === "function") return { allows: option, expected: () => "what the function checkOrigin allows" };
  if (option === false) return { allows: () => true, expected: () => "any" };
  if (option === "conn") return { allows: isSameOrigin, expected: (request) => hostOf(request).origin };
  if (option === true) {
    const expectedHost = (request: Request) => host ?? normalHost(hostOf(request).hostname) ?? "";
    return { allows: (origin, request) => hasHost(origin, expectedHost(request)), expected: expectedHost };
  }
  const patterns = option.map(parseOriginPattern);
  return {
    allows: (origin) => origin !== null && patterns.some((pattern) => matchesPattern(pattern, origin)),
    expected: () => option.join(", "),
  };
}

function ownHost(host: string): string {
  const normal = normalHost(host);
  if (normal !== undefined) return normal;
  throw new TypeError(
    `Cannot check origins: "host" must be a host name without scheme, port and path, received ${JSON.stringify(host)}`,
  );
}

/** Returns the URL of the server as the client addressed it. */
function hostOf(request: Request): URL {
  const { url, headers } = request;
  const host = headers.get("host");
  const scheme = url.slice(0, url.indexOf(":")).replace("ws", "http");
  return (host === null ? null : URL.parse(`${scheme}://${host}`)) ?? new URL(url);
}

function isSameOrigin(origin: URL | null, request: Request): boolean {
  const own = hostOf(request);
  return origin?.protocol === own.protocol && origin.port === own.port && hasHost(origin, normalHost(own.hostname));
}

function hasHost(origin: URL | null, host: string | undefined): boolean {
  return origin !== null && origin.host !== "" && normalHost(origin.hostname) === host;
}
