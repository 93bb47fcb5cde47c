/**
 * Reads the URL of a request, and rejects URLs that a forged `Host` header has changed.
 *
 * @module
 */

/** Characters that end the host in a URL or hide it. None of them belongs in a `Host` header. */
const NOT_IN_HOST = /[\s/?#@\\]/;

/**
 * Reads the URL of a request. Deno concatenates it from the `Host` header and the path, as text. A header such as
 * `x/socket/websocket?a=` would lead a request for `/public` to another path, past the rules of a proxy.
 *
 * @param request The request.
 * @returns The URL, or `undefined` if the request's `Host` is not a host.
 */
export function requestUrl(request: Request): URL | undefined {
  const host = request.headers.get("host");
  if (host !== null && NOT_IN_HOST.test(host)) return undefined;
  return URL.parse(request.url) ?? undefined;
}

/**
 * Returns the query of a request's URL, with its `?`; an empty text if there is none. It is returned as sent; a `URL`
 * would escape some of its characters, which {@linkcode parseParams} reads in either spelling.
 *
 * @example Usage
 * ```ts
 * import { queryOf } from "./url.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(queryOf("http://localhost/socket/websocket?vsn=2.0.0"), "?vsn=2.0.0");
 * assertEquals(queryOf("http://localhost/socket/websocket"), "");
 * ```
 *
 * @param url The URL.
 */
export function queryOf(url: string): string {
  const fragment = url.indexOf("#");
  const start = url.indexOf("?");
  if (start === -1 || (fragment !== -1 && fragment < start)) return "";
  return fragment === -1 ? url.slice(start) : url.slice(start, fragment);
}
