/**
 * The topics of one connection, each with a join that has not settled or a joined channel.
 *
 * @module
 */

import type { Alarm } from "../base/alarm.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { ClientMessage } from "../protocol/message.ts";
import { Backlog, BacklogShare } from "../limits/backlog.ts";
import type { ChannelLimits } from "./_channel_limits.ts";
import type { ChannelProcess } from "./channel_process.ts";
import type { Membership } from "./_membership.ts";

/** The size of a message. */
export interface FrameSize {
  /** Bytes, or characters of a text. */
  readonly length: number;
  /** How much memory the message takes while it waits; see `frameWeight`. */
  readonly weight: number;
}

/** A message that waits for a join. */
export interface WaitingMessage {
  /** The message. */
  readonly message: ClientMessage;
  /** How large its frame was. */
  readonly size: FrameSize;
}

/** A topic whose join is running, or is waiting for the channel that it replaces to end. */
export interface JoiningSlot {
  /** The kind of slot. */
  readonly phase: "joining";
  /** The client's request to join. */
  readonly join: ClientMessage;
  /** Messages to this topic, which are routed when the join has settled. */
  readonly waiting: WaitingMessage[];
  /** The backlog that counts them and the join. */
  readonly backlog: BacklogShare;
  /** The process that runs the join, once it has been started. */
  process: ChannelProcess | undefined;
  /** Why its client no longer waits for it: it has left or disconnected. */
  cancelReason?: ExitReason;
  /** Whether the server has taken its client out of the topic: the channel ends as soon as it has joined. */
  isRemoved?: true;
  /** The timer that gives the join up if it does not settle in time after its client has left. */
  patience?: Alarm;
}

/** A topic with a channel. */
export interface JoinedSlot {
  /** The kind of slot. */
  readonly phase: "joined";
  /** Where the channel's frames go. */
  readonly membership: Membership;
  /** The channel. */
  readonly process: ChannelProcess;
  /** The limits that the channel declares, if any. */
  readonly limits: ChannelLimits | undefined;
}

/** The state of one topic. */
export type Slot = JoiningSlot | JoinedSlot;

/** Slots by topic. */
export class TopicSlots implements Iterable<Slot> {
  readonly #slots = new Map<string, Slot>();

  /** The number of topics that are joining or joined. */
  get size(): number {
    return this.#slots.size;
  }

  /** All slots, with their topics. */
  entries(): IterableIterator<[topic: string, slot: Slot]> {
    return this.#slots.entries();
  }

  /** Returns the slot of `topic`, which may be any value that a client sent. */
  get(topic: unknown): Slot | undefined {
    return typeof topic === "string" ? this.#slots.get(topic) : undefined;
  }

  /** Opens a slot for a join. */
  startJoin(join: ClientMessage, backlog: BacklogShare = new BacklogShare(new Backlog(Infinity))): JoiningSlot {
    const slot: JoiningSlot = { phase: "joining", join, waiting: [], backlog, process: undefined };
    this.#slots.set(join.topic as string, slot);
    return slot;
  }

  /** Replaces the join of a topic by the joined channel. */
  join(membership: Membership, process: ChannelProcess, limits?: ChannelLimits | undefined): void {
    this.#slots.set(membership.topic, { phase: "joined", membership, process, limits });
  }

  /** Frees `topic`. */
  free(topic: string): void {
    this.#slots.delete(topic);
  }

  /** Frees the slot of `membership`, if it is still there. Returns whether it was. */
  part(membership: Membership): boolean {
    const slot = this.#slots.get(membership.topic);
    if (slot?.phase !== "joined" || slot.membership !== membership) return false;
    return this.#slots.delete(membership.topic);
  }

  /** All slots. */
  [Symbol.iterator](): IterableIterator<Slot> {
    return this.#slots.values();
  }
}
