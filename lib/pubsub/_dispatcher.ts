/**
 * Delivers a broadcast to the subscribers of this node.
 *
 * @module
 */

import { byteLength } from "../base/byte_length.ts";
import { quoted } from "../base/printable.ts";
import { UnencodableError } from "../base/unencodable_error.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import type { Pid } from "../otp/process/pid.ts";
import { HISTORY_STATE } from "../protocol/events.ts";
import { serializerV2 } from "../protocol/serializer_v2.ts";
import type { Broadcast } from "./broadcast.ts";
import type { BroadcastEncoder, Fastlane } from "./fastlane.ts";
import { broadcastDelivered, reportUndeliverable } from "./telemetry.ts";

/** One subscription to one topic. */
export interface Subscription {
  /** The subscriber. It receives the broadcasts that do not take the fastlane. */
  readonly process: Process;
  /** The connection that receives the others directly. */
  readonly fastlane: Fastlane | undefined;
}

/**
 * Delivers `broadcast` to `subscriptions`, encoding it once per format.
 *
 * If a format cannot carry the broadcast, or is broken, only its own subscribers miss the message. The sender is not
 * affected: it may be another client's channel, which is not responsible for the formats of others.
 *
 * @param from The sender, which does not receive the broadcast.
 * @throws The error of a format, after all other deliveries, if the broadcast itself is invalid: protocol V2 cannot
 * carry it either.
 */
export function dispatch(
  subscriptions: Iterable<Subscription>,
  broadcast: Broadcast,
  from: Pid<never> | undefined,
): void {
  let encoder: BroadcastEncoder | undefined;
  let encoding: Encoding = NOTHING;
  let encodings: Map<BroadcastEncoder, Encoding> | undefined;
  for (const { process, fastlane } of subscriptions) {
    if (process === from) continue;
    if (fastlane === undefined || fastlane.intercepts.has(broadcast.event)) {
      const sent = process.send(broadcast);
      if (sent === "full" && fastlane && isOfHistory(broadcast)) endOverflown(process, broadcast);
      continue;
    }
    if (fastlane.encoder !== encoder) { // most topics use one format: no look-up per subscriber
      encoder = fastlane.encoder;
      const known = (encodings ??= new Map()).get(encoder);
      encoding = known ?? encode(encoder, broadcast);
      if (!known) encodings.set(encoder, encoding);
    }
    if (encoding.ok) fastlane.write(encoding.frame);
  }
  if (broadcastDelivered.hasListeners) reportDelivery(subscriptions, broadcast, from, encodings);
  if (encodings) complain(encodings.values(), broadcast);
}

/** Returns whether a client that misses it would not know where it stands. */
function isOfHistory({ position, event }: Broadcast): boolean {
  return position !== undefined || event === HISTORY_STATE;
}

/** A client must not miss something of history in silence: its process ends, so that the client recovers. */
function endOverflown(process: Process, { topic, event }: Broadcast): void {
  process.exit(new Error(`Cannot deliver ${quoted(event)} of ${quoted(topic)}: too many messages wait`));
}

type Encoding = { readonly ok: true; readonly frame: unknown } | { readonly ok: false; readonly error: unknown };

const NOTHING: Encoding = { ok: false, error: undefined };

function encode(encoder: BroadcastEncoder, broadcast: Broadcast): Encoding {
  try {
    return { ok: true, frame: encoder.encodeBroadcast(broadcast) };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Counts the deliveries. Only called if somebody listens to the event, so nothing is counted otherwise. */
function reportDelivery(
  subscriptions: Iterable<Subscription>,
  { topic, event, payload }: Broadcast,
  from: Pid<never> | undefined,
  encodings: ReadonlyMap<BroadcastEncoder, Encoding> | undefined,
): void {
  let clients = 0;
  let processes = 0;
  for (const { process, fastlane } of subscriptions) {
    if (process === from) continue;
    if (fastlane === undefined || fastlane.intercepts.has(event)) processes++;
    else if (encodings?.get(fastlane.encoder)?.ok) clients++;
  }
  let bytes = 0;
  for (const encoding of encodings?.values() ?? []) {
    if (encoding.ok) bytes = Math.max(bytes, byteLength(encoding.frame));
  }
  broadcastDelivered.emit({ topic, event, payload, clients, processes, bytes });
}

/** Reports formats that failed. Throws if the broadcast was at fault. */
function complain(encodings: Iterable<Encoding>, broadcast: Broadcast): void {
  const wrong: unknown[] = [];
  for (const encoding of encodings) {
    if (encoding.ok) continue;
    if (isFormatsFault(encoding.error, broadcast)) reportUndeliverable(broadcast, exitReasonOf(encoding.error));
    else wrong.push(encoding.error);
  }
  if (wrong.length > 0) throw wrong[0];
}

/** Returns whether the format is at fault: a broadcast that protocol V2 can carry is valid. */
function isFormatsFault(error: unknown, broadcast: Broadcast): boolean {
  return error instanceof UnencodableError || encode(serializerV2, broadcast).ok;
}
