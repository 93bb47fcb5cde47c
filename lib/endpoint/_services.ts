/**
 * Shuts services down one after the other, each within its time limit.
 *
 * @module
 */

import { consoleLog, type Report } from "../base/log.ts";
import { withinTime } from "../base/within_time.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";

/**
 * Something that can be shut down: an `Endpoint`, the server that `Deno.serve` returns, or an object of the program.
 *
 * @category Endpoint
 */
export interface Service {
  /** Shuts the service down. */
  shutdown(): MaybePromise<void>;
  /**
   * The maximum duration of `shutdown`, in milliseconds, by the service's own limits.
   *
   * @default {0}
   */
  readonly shutdownMs?: number;
}

/**
 * Shuts services down one after the other. One that fails, or takes longer than its own `shutdownMs` and `timeoutMs`
 * together, is reported, and the next one follows.
 *
 * @returns The number of services that failed or were late.
 */
export async function shutDownAll(
  services: readonly (Service | AsyncDisposable)[],
  timeoutMs: number,
): Promise<number> {
  let failed = 0;
  for (const [index, service] of services.entries()) {
    const name = `service ${index + 1} (${service.constructor?.name})`;
    try {
      await shutDown(service, name, timeoutMs);
    } catch (error) {
      consoleLog.write("error", { name, error }, FAILED);
      failed++;
    }
  }
  return failed;
}

const FAILED: Report<{ readonly name: string; readonly error: unknown }> = {
  kind: "failed shutdown",
  describe: ({ name, error }) => ({ message: `${name} failed to shut down`, fields: { error } }),
};

async function shutDown(service: Service | AsyncDisposable, name: string, timeoutMs: number): Promise<void> {
  const isService = "shutdown" in service;
  const limitMs = timeoutMs + (isService ? service.shutdownMs ?? 0 : 0);
  const end = isService ? service.shutdown() : service[Symbol.asyncDispose]();
  if (end === undefined) return;
  await withinTime(end, limitMs, () => new Error(`Cannot shut down ${name}: it took longer than ${limitMs} ms`));
}
