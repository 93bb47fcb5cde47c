/**
 * Subscribes to telemetry events, with types.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { attempt } from "../base/attempt.ts";
import { consoleLog, type Report } from "../base/log.ts";
import type { TelemetryEvents } from "./telemetry_events.ts";

/**
 * Ends a subscription, by a call or with `using`. Further calls have no effect.
 *
 * @category Telemetry and logs
 */
export interface TelemetrySubscription extends Disposable {
  /** Ends the subscription. */
  (): void;
}

/**
 * Calls `listener` for each event of one kind, synchronously when it happens, so the listener should be fast. An
 * exception in it, or the rejection of the promise that an async listener returns, is printed to the console and has no
 * other effect. (An exception in a listener of `subscribe` from `node:diagnostics_channel` ends the program.)
 *
 * @category Telemetry and logs
 * @example Usage
 * ```ts
 * import { Channel, ok, onTelemetry, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 * import { assertEquals } from "@std/assert";
 *
 * class LobbyChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 * }
 * class GuestSocket extends Socket {
 *   override channels = { lobby: LobbyChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * const joined: string[] = [];
 * onTelemetry("urvogel:channel:joined", ({ socket, result }) => void joined.push(`${socket.topic}: ${result}`));
 * await using client = await connect(GuestSocket);
 * await client.join("lobby");
 * assertEquals(joined, ["lobby: ok"]);
 * ```
 *
 * @param name The name of the event; see {@linkcode TelemetryEvents}.
 * @param listener Called with each event.
 * @returns Ends the subscription.
 */
export function onTelemetry<K extends keyof TelemetryEvents>(
  name: K,
  listener: (event: TelemetryEvents[K]) => void,
): TelemetrySubscription {
  const onFailure = (error: unknown) => consoleLog.write("error", error, failureOf(name));
  const onEvent = (event: unknown) => attempt(() => listener(event as TelemetryEvents[K]), onFailure);
  subscribe(name, onEvent);
  const end = () => void unsubscribe(name, onEvent);
  return Object.assign(end, { [Symbol.dispose]: end });
}

function failureOf(name: string): Report<unknown> {
  return {
    kind: `failed listener of ${name}`,
    describe: (error) => ({ message: `a listener of ${name} failed`, fields: { error } }),
  };
}
