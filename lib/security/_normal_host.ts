/**
 * Normalizes host names, so that they can be compared.
 *
 * @module
 */

/** Characters that a host name must not contain. A colon is allowed, for IPv6 addresses. */
const NOT_A_HOST = /[\s/?#@\\]/;
const IPV6 = /^[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i;

/**
 * Normalizes a host name as web URLs do: lower case, international names in ASCII, IPv6 addresses in their shortest
 * form and in brackets. A dot at the end is removed.
 *
 * @param host A host name, or an address; IPv6 with brackets or without.
 * @returns The normalized name, or `undefined` if `host` is not a host name.
 */
export function normalHost(host: string): string | undefined {
  if (host === "" || NOT_A_HOST.test(host)) return undefined;
  const bracketed = IPV6.test(host) ? `[${host}]` : host;
  if (bracketed.replace(/^\[.*\]$/, "").includes(":")) return undefined; // a port
  return URL.parse(`http://${bracketed}`)?.hostname.replace(/\.$/, "");
}
