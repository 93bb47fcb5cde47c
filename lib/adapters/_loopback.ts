/**
 * Which hosts are this machine: only there may an engine be reached without TLS.
 *
 * @module
 */

/** Returns whether the host of a URL is the loopback: what is sent there does not leave this machine. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host === "::1" ||
    /^127(\.\d{1,3}){3}$/.test(host);
}
