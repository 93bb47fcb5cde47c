/**
 * Listening to telemetry, with types.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { consoleLog, type Report } from "../base/log.ts";
import type { TelemetryEvents } from "./telemetry_events.ts";

/** Ends listening, by a call or with `using`. May be used more than once. */
export interface TelemetrySubscription extends Disposable {
  /** Ends listening. */
  (): void;
}

/**
 * Calls `listener` for each event of one kind, in the turn in which it happens: whatever it does must not take long.
 * What it throws is printed to the console, and harms nobody else. (A listener that was given to `subscribe` of
 * `node:diagnostics_channel` ends the program when it throws.)
 *
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
 * @param name Which events; see {@linkcode TelemetryEvents}.
 * @param listener Gets each of them.
 * @returns Ends listening.
 */
export function onTelemetry<K extends keyof TelemetryEvents>(
  name: K,
  listener: (event: TelemetryEvents[K]) => void,
): TelemetrySubscription {
  const onEvent = (event: unknown) => {
    try {
      listener(event as TelemetryEvents[K]);
    } catch (error) {
      consoleLog.write("error", error, failureOf(name));
    }
  };
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
