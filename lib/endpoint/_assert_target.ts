/**
 * Checks at run time what is mounted at a path, for programs without type checks.
 *
 * @module
 */

import { Socket } from "../channel/socket.ts";

/**
 * Throws if `target` cannot be mounted.
 *
 * @param path Its path.
 * @param target A class that extends `Socket`, or a driver.
 * @throws {TypeError} If it is neither, such as an instance of a socket.
 */
export function assertTarget(path: string, target: unknown): void {
  if (typeof target === "function" ? target.prototype instanceof Socket : isDriver(target)) return;
  const found = target instanceof Socket ? "an instance of one" : target === null ? "null" : typeof target;
  throw new TypeError(
    `Cannot mount socket at ${
      JSON.stringify(path)
    }: must be a class that extends Socket, or a SocketDriver, received ${found}`,
  );
}

function isDriver(target: unknown): boolean {
  if (typeof target !== "object" || target === null || target instanceof Socket) return false;
  return "connect" in target && typeof target.connect === "function";
}
