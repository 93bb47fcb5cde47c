/**
 * Ports for programs that have to be told one.
 *
 * @module
 */

/**
 * Returns a port of 127.0.0.1 that is free, as are those that follow it. Below those of outgoing connections: a client
 * could connect to itself otherwise.
 *
 * @param count How many ports in a row.
 */
export function freePort(count = 1): number {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    if (Array.from({ length: count }, (_, index) => first + index).every(isFree)) return first;
  }
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
