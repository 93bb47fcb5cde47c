/**
 * Ending a program in order when the system asks it to.
 *
 * @module
 */

import { type EndSignal, exitProgram, IS_WINDOWS, onSignal } from "../base/program.ts";
import { guardLargeTexts } from "./_large_text_guard.ts";
import { type Service, shutDownAll } from "./_services.ts";
import { SiblingThreads } from "./_sibling_threads.ts";

export type { Service };

/** Options for {@linkcode shutdownOnSignalWith}. */
export interface ShutdownOptions {
  /**
   * How long each service may take, in milliseconds, beside what it has set itself: an endpoint has the `shutdownMs` of
   * its drainer. One that takes longer is left behind. `Infinity` waits for as long as it takes.
   *
   * @default {10000}
   */
  readonly timeoutMs?: number;
  /**
   * Whether the program survives a client that sends a text of more than 512 MiB in fragments. Deno ends the program
   * over it, by an unhandled rejection, before any limit can be checked: a listener takes exactly that error for handled.
   * The connection reads no more, and is closed as a silent one.
   *
   * @default {true}
   */
  readonly guardLargeTexts?: boolean;
}

/** Signals, and the exit codes of programs that end by them: 128 and the signal's number. */
const EXIT_CODES: Readonly<Partial<Record<EndSignal, number>>> = IS_WINDOWS
  ? { SIGINT: 130, SIGBREAK: 149 }
  : { SIGINT: 130, SIGTERM: 143 };

/**
 * Shuts services down when the system, or somebody at the keyboard, asks the program to end: SIGTERM or SIGINT. Then
 * exits, with code 0, or 1 if one of them failed or took too long: {@linkcode ShutdownOptions}, whose defaults hold here.
 * A second signal exits at once.
 *
 * Works for `Deno.serve`, and under `deno serve`, where there is no server to name; with `--parallel` all threads wait
 * for the last.
 *
 * @example Usage
 * ```ts ignore
 * import { Endpoint, shutdownOnSignal, Supervisor } from "@urvogel/realtime";
 *
 * const tree = await Supervisor.start([]);
 * const endpoint = new Endpoint({ sockets: {} });
 * const server = Deno.serve(endpoint.fetch);
 * shutdownOnSignal(endpoint, tree, server);
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
 * @param services What to shut down, or to dispose of where it has no `shutdown`, one after the other: the endpoint
 * first, so that its clients come back to the next server, and the server that it is served by last.
 * @returns Takes the listeners back when disposed of.
 */
export function shutdownOnSignal(...services: readonly (Service | AsyncDisposable)[]): Disposable {
  return shutdownOnSignalWith({}, ...services);
}

/**
 * As {@linkcode shutdownOnSignal}, with options.
 *
 * @example Usage
 * ```ts ignore
 * import { Endpoint, shutdownOnSignalWith } from "@urvogel/realtime";
 *
 * const endpoint = new Endpoint({ sockets: {}, drainer: { shutdownMs: 20_000 } });
 * const server = Deno.serve(endpoint.fetch);
 * shutdownOnSignalWith({ timeoutMs: 2_000 }, endpoint, server); // at most 22 s and 2 s
 * ```
 *
 * @param options How long services may take, and what the program survives.
 * @param services What to shut down.
 * @returns Takes the listeners back when disposed of.
 * @throws {RangeError} If `timeoutMs` is not greater than 0.
 */
export function shutdownOnSignalWith(
  options: ShutdownOptions,
  ...services: readonly (Service | AsyncDisposable)[]
): Disposable {
  const { timeoutMs = 10_000, guardLargeTexts: guards = true } = options;
  if (!(timeoutMs > 0)) throw new RangeError(`Cannot shut down: "timeoutMs" must be > 0, received ${timeoutMs}`);
  let ending = false;
  const listening = new DisposableStack();
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    const listener = () => {
      if (ending) exitProgram(code);
      ending = true;
      void end(services, timeoutMs);
    };
    listening.use(onSignal(signal as EndSignal, listener));
  }
  if (guards) listening.use(guardLargeTexts());
  return listening;
}

async function end(services: readonly (Service | AsyncDisposable)[], timeoutMs: number): Promise<never> {
  const siblings = new SiblingThreads();
  const failed = await shutDownAll(services, timeoutMs);
  await siblings.done();
  exitProgram(failed === 0 ? 0 : 1);
}
