/**
 * A member of a topic with history: how it comes in, and how its handlers get numbered broadcasts.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { whenSettled } from "../../base/thenable.ts";
import type { Stored } from "../../history/engine.ts";
import type { History } from "../../history/history.ts";
import { formatPosition } from "../../history/position.ts";
import { readSince, type Since } from "../../history/since.ts";
import type { Admission } from "../../history/admission.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { HISTORY_STATE } from "../../protocol/events.ts";
import { sinceOf } from "../../protocol/library_params.ts";
import type { Frame } from "../../protocol/message.ts";
import { Broadcast } from "../../pubsub/broadcast.ts";
import type { EventSet } from "../../pubsub/fastlane.ts";
import { reportUndeliverable } from "../../pubsub/telemetry.ts";
import type { ChannelContext } from "../_channel_context.ts";

/** What `join` may say about the request for what was missed. */
export interface Admitting {
  /** Whether the client may have it. */
  readonly mayRecover: boolean;
  /** The events with handlers in `handleOut`. If there are any, all numbered broadcasts take the mailbox. */
  readonly handled: readonly string[];
}

const NONE: readonly Stored[] = [];

/** One member of a topic with history. */
export class HistoryMember {
  readonly #context: ChannelContext;
  readonly #history: History;
  #since: Since;
  #frames: Frame[] | undefined;
  #missed = NONE;

  /**
   * Creates a member that has not come in.
   *
   * @param params The parameters of its join.
   */
  constructor(context: ChannelContext, history: History, params: unknown) {
    this.#context = context;
    this.#history = history;
    const replay = context.membership.encoder.readReplay?.(params);
    this.#since = replay ? { kind: "time", ...replay } : readSince(sinceOf(params));
  }

  /** Returns the events that take the mailbox. */
  interceptedBy(handled: readonly string[]): EventSet {
    const { membership: { topic } } = this.#context;
    const names = new Set(handled);
    return { has: (event) => names.has(event) || event === HISTORY_STATE || this.#history.has(topic, event) };
  }

  /**
   * Subscribes the member between two messages. Its frames are held back until the join has been answered.
   *
   * @throws {BusDownError} If the engine takes too long.
   */
  admit({ mayRecover, handled }: Admitting): MaybePromise<void> {
    const { membership: { topic } } = this.#context;
    const since: Since = mayRecover || this.#since.kind === "nothing" ? this.#since : { kind: "unreadable" };
    this.#since = { kind: "nothing" }; // may be large, and is no longer needed
    return this.#history.admit(topic, since, (admission) => this.#enter(admission, handled.length > 0));
  }

  /** Returns the frames that follow the reply to the join. Call it once. */
  takeFrames(): readonly Frame[] {
    const frames = this.#frames ?? [];
    this.#frames = undefined;
    return frames;
  }

  /** Returns what was missed and has to take `handleOut`. Call it once. */
  takeMissed(): readonly Broadcast[] {
    const missed = this.#missed;
    this.#missed = NONE;
    return missed.map((message) => broadcastOf(this.#context.membership.topic, message));
  }

  /**
   * Handles a broadcast that took the mailbox. The pushes of its handler carry the position.
   *
   * @param handle Calls the handler; absent if there is none: the client gets the broadcast as it is.
   * @returns What the handler returned; `undefined` if there is none.
   */
  pass<R>(broadcast: Broadcast, handle: (() => MaybePromise<R>) | undefined): MaybePromise<R> | undefined {
    const { membership } = this.#context;
    const { event, payload, position } = broadcast;
    if (event === HISTORY_STATE) membership.pushState(payload as object);
    else if (!handle) this.#forward(broadcast);
    else if (position === undefined) return handle();
    else return this.#handle(position, handle);
    return undefined;
  }

  #handle<R>(position: string, handle: () => MaybePromise<R>): MaybePromise<R> {
    const { membership, self } = this.#context;
    membership.mark(position);
    return whenSettled(handle, (result) => {
      if (self.alive) membership.settleMarked();
      return result;
    }, (thrown) => {
      membership.discardMarked(); // the client gets the message again when it comes back
      throw thrown;
    });
  }

  #forward(broadcast: Broadcast): void {
    const { membership } = this.#context;
    for (const frame of this.#encode(broadcast, false)) membership.write(frame);
  }

  #enter({ recovered, position, missed }: Admission, takesMailbox: boolean): void {
    const { membership, self, shared: { pubsub } } = this.#context;
    const { topic } = membership;
    const state = { recovered, position: formatPosition(position), missed: missed.length };
    this.#frames = [...membership.encodeState(state)];
    if (takesMailbox) this.#missed = missed;
    else for (const message of missed) this.#frames.push(...this.#encode(broadcastOf(topic, message), true));
    membership.hold();
    pubsub.subscribe(topic, self, membership);
  }

  /** Encodes a broadcast as the dispatcher would. */
  #encode(broadcast: Broadcast, isReplayed: boolean): readonly Frame[] {
    const { membership } = this.#context;
    const { payload, position } = broadcast;
    try {
      const frame = membership.encoder.encodeBroadcast({ ...broadcast, isReplayed });
      const isBinary = payload instanceof Uint8Array && position !== undefined;
      return isBinary ? [frame, ...membership.encodeState({ position })] : [frame];
    } catch (thrown) {
      reportUndeliverable(broadcast, exitReasonOf(thrown));
      return [];
    }
  }
}

function broadcastOf(topic: string, message: Stored): Broadcast {
  return new Broadcast(topic, message.event, message.payload, formatPosition(message));
}
