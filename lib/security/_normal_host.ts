/**
 * Host names in one spelling, so that they can be compared.
 *
 * @module
 */

/** What does not belong into a host name. A colon does, in an IPv6 address. */
const NOT_A_HOST = /[\s/?#@\\]/;
const IPV6 = /^[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i;

/**
 * Writes a host name as URLs of the web have it: in lower case, international names in ASCII, IPv6 addresses in their
 * shortest form and in brackets; and without the dot that may stand at the end.
 *
 * @param host A host name, or an address; IPv6 with brackets or without.
 * @returns The one spelling, or `undefined` if `host` is none.
 */
export function normalHost(host: string): string | undefined {
  if (host === "" || NOT_A_HOST.test(host)) return undefined;
  const bracketed = IPV6.test(host) ? `[${host}]` : host;
  if (bracketed.replace(/^\[.*\]$/, "").includes(":")) return undefined; // a port
  return URL.parse(`http://${bracketed}`)?.hostname.replace(/\.$/, "");
}
