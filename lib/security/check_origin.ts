/**
 * Which web pages may connect. A browser says in the `Origin` header which page opens a WebSocket, and does not keep
 * foreign pages from it by itself.
 *
 * @module
 */

import { Remembered } from "../base/remembered.ts";
import { normalHost } from "./_normal_host.ts";
import { matchesPattern, parseOriginPattern } from "./_origin_pattern.ts";

/**
 * Which origins may connect:
 *
 * - `true`: pages of the endpoint's own host, see `host`
 * - `"conn"`: pages with the scheme, host and port of the request itself
 * - a list, such as `["https://example.com", "//localhost:4000", "//*.example.com"]`: scheme and port may be left out,
 *   a `*.` in front stands for the host and all below it
 * - a function that decides; it may be asynchronous, and then has `connectTimeoutMs`. It is also asked about pages that
 *   have no host: `file://`, and `null`, which stands for pages whose origin the browser hides, such as sandboxed frames
 * - `false`: all, which is only safe where no cookie or address gives a client its rights
 *
 * Hosts are compared in one spelling: in lower case, `bücher.de` as `xn--bcher-kva.de`, `[0:0::1]` as `[::1]`, without a
 * dot at the end, a port that is the scheme's own as none.
 *
 * A client without an `Origin` header is no browser, and passes.
 */
export type CheckOrigin =
  | boolean
  | "conn"
  | readonly string[]
  | ((origin: URL | null, request: Request) => boolean | Promise<boolean>);

/** Decides about the pages that send requests. */
export interface OriginCheck {
  /** Whether the page that sent `request` may connect. */
  allows(request: Request): boolean | Promise<boolean>;
  /** What the page's origin would have to be, in words, for a log. */
  expected(request: Request): string;
}

/** So many decisions are remembered: most servers are asked by the pages of one or two origins. */
const MAX_REMEMBERED = 100;

/** What an option means for origins that are there. */
interface Rule {
  readonly allows: (origin: URL | null, request: Request) => boolean | Promise<boolean>;
  readonly expected: (request: Request) => string;
}

/**
 * Makes the check for an option.
 *
 * @param option Which origins may connect.
 * @param host The endpoint's own host name, for `true`; the request's `Host` header where it is not given.
 * @throws {TypeError} If an entry of a list is not an origin, or can be that of no page; or `host` is no host name.
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
      // What decides is all in the key. Without it, URLs are parsed five times for each client.
      return remembered.get(`${header}\n${addressed(request)}`, () => isAllowed(rule, header, request));
    },
  };
}

function isAllowed({ allows }: Rule, header: string, request: Request): boolean | Promise<boolean> {
  const origin = URL.parse(header);
  if (origin === null && header !== "null") return false; // no browser sends that
  const allowed = allows(origin, request);
  // Only `true` is a yes: what a function without types returns may be anything.
  return allowed instanceof Promise ? allowed.then((allowed) => allowed === true) : allowed === true;
}

/** All that {@linkcode hostOf} looks at. */
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

/** The server as the client addressed it. */
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
