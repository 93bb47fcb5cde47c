/**
 * Subscribers of a PubSub that are connections, for tests.
 *
 * @module
 */

import { type Broadcast, type Pid, type PubSub, serializerV2, spawn } from "@urvogel/realtime";

/** A process that ignores its messages. */
export function idleProcess(): Pid<Broadcast> {
  return spawn<Broadcast>(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

/** A client in one topic, with the frames that it got. Disposing it ends its process. */
export interface NumberedClient extends Disposable {
  /** Its process. */
  readonly pid: Pid<Broadcast>;
  /** Text frames as what their JSON says, and bytes. */
  readonly frames: unknown[];
}

/** Subscribes a client of protocol V2 to a topic. */
export function numberedClient(pubsub: PubSub, topic: string): NumberedClient {
  const frames: unknown[] = [];
  const pid = idleProcess();
  const write = (frame: unknown) => void frames.push(typeof frame === "string" ? JSON.parse(frame) : frame);
  pubsub.subscribe(topic, pid, { encoder: serializerV2, intercepts: new Set(), write });
  return { pid, frames, [Symbol.dispose]: () => pid.exit("shutdown") };
}
