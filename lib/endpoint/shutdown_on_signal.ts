/**
 * Ending a program in order when the system asks it to.
 *
 * @module
 */

import type { MaybePromise } from "../otp/behaviour.ts";
import { SiblingThreads } from "./_sibling_threads.ts";

/** Something that ends in order: an `Endpoint`, what `Deno.serve` returns, or an object of the program's own. */
export interface Service {
  /** Ends it. */
  shutdown(): MaybePromise<void>;
}

/** Signals, and the exit codes of programs that end by them: 128 and the signal's number. */
const EXIT_CODES: Readonly<Partial<Record<Deno.Signal, number>>> = Deno.build.os === "windows"
  ? { SIGINT: 130, SIGBREAK: 149 }
  : { SIGINT: 130, SIGTERM: 143 };

/**
 * Shuts services down when the system, or somebody at the keyboard, asks the program to end: SIGTERM or SIGINT. Then
 * exits, with code 0, or 1 if one of them failed. A second signal exits at once.
 *
 * Works for `Deno.serve`, and under `deno serve`, where there is no server to name; with `--parallel` all threads wait
 * for the last.
 *
 * @example Usage
 * ```ts ignore
 * import { Endpoint, shutdownOnSignal } from "@urvogel/realtime";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const server = Deno.serve(endpoint.fetch);
 * shutdownOnSignal(endpoint, server);
 * ```
 *
 * @example What else has to end
 * ```ts ignore
 * import { Endpoint, shutdownOnSignal } from "@urvogel/realtime";
 *
 * const database = { close() {} };
 * const endpoint = new Endpoint({ sockets: {} });
 * export default endpoint; // `deno serve`
 * shutdownOnSignal(endpoint, { shutdown: () => database.close() });
 * ```
 *
 * @param services What to shut down, one after the other: the endpoint first, so that its clients come back to the next
 * server, then the server under it.
 * @returns Takes the listeners back when disposed of.
 */
export function shutdownOnSignal(...services: readonly Service[]): Disposable {
  let ending = false;
  const listeners = (Object.keys(EXIT_CODES) as Deno.Signal[]).map((signal) => {
    const listener = () => {
      if (ending) Deno.exit(EXIT_CODES[signal]);
      ending = true;
      void end(services);
    };
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return {
    [Symbol.dispose]() {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

async function end(services: readonly Service[]): Promise<never> {
  const siblings = new SiblingThreads();
  let code = 0;
  for (const service of services) {
    try {
      await service.shutdown();
    } catch (error) {
      console.error("[urvogel] a service failed to shut down:", error);
      code = 1; // the others shall still end in order
    }
  }
  await siblings.done();
  Deno.exit(code);
}
