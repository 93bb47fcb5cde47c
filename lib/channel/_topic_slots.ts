/**
 * The topics of one connection, each with what stands there: a join that is not settled, or a member.
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

/** How large the frame of a message is. */
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

/** A topic whose join runs, or waits for the member that it replaces to end. */
export interface JoiningSlot {
  /** Tells slots apart. */
  readonly phase: "joining";
  /** The client's wish to join. */
  readonly join: ClientMessage;
  /** Frames of this topic, to be routed once the join is settled. */
  readonly waiting: WaitingMessage[];
  /** What they wait in, and the join itself. */
  readonly backlog: BacklogShare;
  /** The process that joins, once there is one. */
  process: ChannelProcess | undefined;
  /** Why its client no longer waits for it: it has left, or is gone. */
  cancelReason?: ExitReason;
  /** Gives the join up, if it is not settled in time after its client has left. */
  patience?: Alarm;
}

/** A topic with a channel. */
export interface JoinedSlot {
  /** Tells slots apart. */
  readonly phase: "joined";
  /** Where the channel's frames go. */
  readonly membership: Membership;
  /** The channel. */
  readonly process: ChannelProcess;
  /** What it takes from its client, if it says so. */
  readonly limits: ChannelLimits | undefined;
}

/** What stands at a topic. */
export type Slot = JoiningSlot | JoinedSlot;

/** Slots by topic. */
export class TopicSlots implements Iterable<Slot> {
  readonly #slots = new Map<string, Slot>();

  /** How many topics are joining or joined. */
  get size(): number {
    return this.#slots.size;
  }

  /** All slots, with their topics. */
  entries(): IterableIterator<[topic: string, slot: Slot]> {
    return this.#slots.entries();
  }

  /** What stands at `topic`, whatever the client means by it. */
  get(topic: unknown): Slot | undefined {
    return typeof topic === "string" ? this.#slots.get(topic) : undefined;
  }

  /** Opens a slot for a join. */
  startJoin(join: ClientMessage, backlog: BacklogShare = new BacklogShare(new Backlog(Infinity))): JoiningSlot {
    const slot: JoiningSlot = { phase: "joining", join, waiting: [], backlog, process: undefined };
    this.#slots.set(join.topic as string, slot);
    return slot;
  }

  /** Puts a member in. */
  join(membership: Membership, process: ChannelProcess, limits?: ChannelLimits | undefined): void {
    this.#slots.set(membership.topic, { phase: "joined", membership, process, limits });
  }

  /** Frees `topic`. */
  free(topic: string): void {
    this.#slots.delete(topic);
  }

  /** Frees the slot of `membership`, if it is still there. Answers whether it was. */
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
