/**
 * Shuts a program down cleanly when the system asks it to end.
 *
 * @module
 */

import type { PubSub } from "../pubsub/pubsub.ts";
import { checkPositive } from "../base/check_number.ts";
import { type EndSignal, exitProgram, IS_WINDOWS, onSignal } from "../base/program.ts";
import { Endpoint } from "./endpoint.ts";
import { guardLargeTexts } from "./_large_text_guard.ts";
import { type Service, shutDownAll } from "./_services.ts";
import { SiblingThreads } from "./_sibling_threads.ts";

export type { Service };

/**
 * Options for {@linkcode shutdownOnSignalWith}.
 *
 * @category Endpoint
 */
export interface ShutdownOptions {
  /**
   * How long each service may take, in milliseconds, in addition to its own limit, such as the `shutdownMs` of an
   * endpoint's drainer. A service that takes longer is abandoned. `Infinity` waits without a limit.
   *
   * @default {10000}
   */
  readonly timeoutMs?: number;
  /**
   * Whether the program survives a client that sends a text of more than 512 MiB in fragments. By default Deno ends the
   * program with an unhandled rejection, before any limit can be checked. A listener marks exactly that error as
   * handled. The connection reads nothing more, and is closed as silent.
   *
   * @default {true}
   */
  readonly guardLargeTexts?: boolean;
}

/** Signals and their exit codes: 128 plus the signal's number. */
const EXIT_CODES: Readonly<Partial<Record<EndSignal, number>>> = IS_WINDOWS
  ? { SIGINT: 130, SIGBREAK: 149 }
  : { SIGINT: 130, SIGTERM: 143 };

/**
 * Shuts services down on SIGTERM or SIGINT (Ctrl+C), then exits: with code 0, or 1 if a service failed or took too
 * long. The defaults of {@linkcode ShutdownOptions} apply. A second signal exits at once.
 *
 * Last, it stops the PubSub of each endpoint, also one that was passed to it: presences and trackers send their last
 * changes and say that this node leaves, then the adapter disconnects. (`endpoint.shutdown()` stops only a PubSub that
 * the endpoint created itself.) So services can broadcast until they have shut down. A program that uses a PubSub
 * without an endpoint passes `{ shutdown: () => pubsub.stop() }`.
 *
 * Works with `Deno.serve`, and under `deno serve`, where there is no server to pass. With `--parallel`, all threads
 * wait for the last.
 *
 * @category Endpoint
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
 * @example Other services
 * ```ts ignore
 * import { Endpoint, shutdownOnSignal } from "@urvogel/realtime";
 *
 * const database = { close() {} };
 * const endpoint = new Endpoint({ sockets: {} });
 * export default endpoint; // `deno serve`
 * shutdownOnSignal(endpoint, { shutdown: () => database.close() });
 * ```
 *
 * @param services What to shut down, one after the other; a service without `shutdown` is disposed of. Pass the
 * endpoint first, so that its clients reconnect to the next server, and its HTTP server last.
 * @returns Removes the signal listeners when disposed of.
 */
export function shutdownOnSignal(...services: readonly (Service | AsyncDisposable)[]): Disposable {
  return shutdownOnSignalWith({}, ...services);
}

/**
 * Shuts services down on SIGTERM or SIGINT, as {@linkcode shutdownOnSignal}, with options.
 *
 * @category Endpoint
 * @example Usage
 * ```ts ignore
 * import { Endpoint, shutdownOnSignalWith } from "@urvogel/realtime";
 *
 * const endpoint = new Endpoint({ sockets: {}, drainer: { shutdownMs: 20_000 } });
 * const server = Deno.serve(endpoint.fetch);
 * shutdownOnSignalWith({ timeoutMs: 2_000 }, endpoint, server); // at most 22 s and 2 s
 * ```
 *
 * @param options Time limits, and whether large texts are guarded against.
 * @param services What to shut down.
 * @returns Removes the signal listeners when disposed of.
 * @throws {RangeError} If `timeoutMs` is not greater than 0.
 */
export function shutdownOnSignalWith(
  options: ShutdownOptions,
  ...services: readonly (Service | AsyncDisposable)[]
): Disposable {
  const { timeoutMs = 10_000, guardLargeTexts: guards = true } = options;
  checkPositive("shut down", "timeoutMs", timeoutMs);
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
  const failed = await shutDownAll([...services, ...pubsubsOf(services)], timeoutMs);
  await siblings.done();
  exitProgram(failed === 0 ? 0 : 1);
}

/** The PubSubs of the endpoints, as services. Stopping one a second time does nothing. */
function pubsubsOf(services: readonly object[]): Service[] {
  const pubsubs = services.filter((service) => service instanceof Endpoint).map(({ pubsub }) => pubsub);
  return Array.from(new Set(pubsubs), (pubsub) => new StoppedPubSub(pubsub));
}

/** A PubSub as a service. */
class StoppedPubSub implements Service {
  readonly #pubsub: PubSub;

  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  async shutdown(): Promise<void> {
    await this.#pubsub.stop();
  }
}
