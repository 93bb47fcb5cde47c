/**
 * The joins of one connection: each in a process of its own, one for a topic at a time.
 *
 * ```text
 * phx_join ──> joining ── accepted ──> joined ── another phx_join ──> joining, once the member before has ended
 *                 └── refused, crashed, over a limit, given up ──> free
 * ```
 *
 * Messages for a topic that is being joined wait in its slot until the join is settled.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { quoted } from "../base/printable.ts";
import { scheduler } from "../base/scheduler.ts";
import { BacklogShare } from "../limits/backlog.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import { JOIN_CRASHED, JOIN_GIVEN_UP, UNMATCHED_TOPIC } from "../protocol/error_reasons.ts";
import { PHX_JOIN, PHX_LEAVE } from "../protocol/events.ts";
import type { ClientMessage } from "../protocol/message.ts";
import { sameRef } from "../protocol/ref.ts";
import { CONTROL_PREFIX } from "../pubsub/adapter.ts";
import type { Connection } from "../transport/connection.ts";
import type { Answers } from "./_answers.ts";
import { type ChannelClass, SHUTDOWN_MS } from "./channel.ts";
import { ChannelContext } from "./_channel_context.ts";
import { ChannelProcess } from "./channel_process.ts";
import type { JoinReport } from "./_channel_reports.ts";
import { ChannelServer, type JoinOutcome } from "./_channel_server.ts";
import type { ClientContext } from "./_client_context.ts";
import type { ClientLimits } from "./_client_limits.ts";
import { LEFT } from "./_channel_messages.ts";
import { Membership } from "./_membership.ts";
import type { SocketContext } from "./_socket_context.ts";
import type { SocketProcess } from "./socket_process.ts";
import type { FrameSize, JoinedSlot, JoiningSlot, TopicSlots } from "./_topic_slots.ts";

/** The exit reason of a channel whose client joins the same topic again. */
const DUPLICATE_JOIN: ExitReason = { shutdown: "duplicate_join" };

/** The parts of one connection. */
export interface ClientParts<A extends object> {
  /** The dependencies that all connections of its mount share. */
  readonly context: SocketContext<A>;
  /** The connection's client. */
  readonly client: ClientContext<A>;
  /** The transport's connection. */
  readonly connection: Connection;
  /** Its process. */
  readonly process: SocketProcess;
  /** Its topics. */
  readonly slots: TopicSlots;
  /** The client's limits. */
  readonly limits: ClientLimits;
  /** Replies to the client on behalf of the connection. */
  readonly answers: Answers;
}

/** The owner of the joins, which is notified when they settle. */
export interface JoinOwner {
  /**
   * Called when a join has settled; `isGivenUp` if it was given up before it decided. The owner now handles the
   * messages that wait in `slot`.
   */
  joinSettled(slot: JoiningSlot, isGivenUp: boolean): void;
}

/** Runs the joins of one connection. */
export class Joins<A extends object> {
  readonly #parts: ClientParts<A>;
  readonly #owner: JoinOwner;

  /** Creates the joins of a connection that has not joined anything. */
  constructor(parts: ClientParts<A>, owner: JoinOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  /** Queues a message until the join of its topic has settled. A leave ends the join. */
  queue(slot: JoiningSlot, message: ClientMessage, size: FrameSize): void {
    const { context, limits, answers } = this.#parts;
    if (message.event === PHX_JOIN && this.#isRepeated(message, slot.join.joinRef, slot.join.ref)) return;
    const isLeave = message.event === PHX_LEAVE && slot.waiting.length <= context.limits.maxQueuedMessages &&
      (message.joinRef === null || sameRef(message.joinRef, slot.join.joinRef));
    const full = isLeave ? undefined : limits.excessOfQueue(slot.waiting.length);
    if (full) return answers.refuseExcess(message, message.joinRef, full);
    slot.backlog.put(size.weight);
    slot.waiting.push({ message, size });
    if (isLeave) this.#leaveJoin(slot);
  }

  /**
   * Ends a join because of a leave. Messages that wait for the join are still handled, if it settles in time. Without
   * any, it is given up at once.
   */
  #leaveJoin(slot: JoiningSlot): void {
    if (slot.process && slot.waiting.length === 1) return this.giveUp(slot);
    this.cancel(slot, LEFT);
    slot.patience ??= new Alarm(() => this.giveUp(slot)).set(slot.process?.shutdownMs ?? SHUTDOWN_MS);
  }

  /** Marks a join as no longer awaited by the client. Its process is notified and continues. */
  cancel(slot: JoiningSlot, reason: ExitReason): void {
    slot.cancelReason ??= reason;
    slot.process?.cancel(slot.cancelReason);
  }

  /** Ends a join that has not settled. */
  giveUp(slot: JoiningSlot): void {
    if (slot.process) return slot.process.end("killed"); // which settles it
    this.#parts.slots.free(slot.join.topic as string);
    this.#parts.answers.refuse(slot.join, slot.join.joinRef, JOIN_GIVEN_UP);
    this.#owner.joinSettled(slot, true);
  }

  /** Begins a join; `joined` is the member that it replaces. */
  join(joined: JoinedSlot | undefined, message: ClientMessage, size: FrameSize): void {
    const { context, slots, limits, answers } = this.#parts;
    if (joined && this.#isRepeated(message, joined.membership.joinRef, joined.membership.frameRef)) return;
    const { topic, joinRef } = message;
    const channel = typeof topic === "string" && !topic.startsWith(CONTROL_PREFIX) && context.router.find(topic);
    if (!channel) return answers.refuse(message, null, UNMATCHED_TOPIC);
    const excess = limits.excessOfJoin(topic as string, joined ? undefined : slots.size);
    if (excess) return answers.refuseExcess(message, joinRef, excess);
    const backlog = new BacklogShare(limits.backlog);
    backlog.putJoin(size.weight); // until it is settled: its parameters may be large
    const slot = slots.startJoin(message, backlog);
    if (joined) this.#replace(joined, channel, slot);
    else this.#start(slot, channel, undefined);
  }

  /**
   * Returns whether a join is the one that the topic has, sent again: the HTTP layer of a polling client repeats a post
   * whose response was lost. The reply is on its way already. Each join of phoenix.js has a ref of its own.
   */
  #isRepeated({ joinRef, ref }: ClientMessage, knownJoinRef: unknown, knownRef: unknown): boolean {
    if (this.#parts.connection.transport !== "longpoll" || ref === null) return false;
    return sameRef(ref, knownRef) && sameRef(joinRef, knownJoinRef);
  }

  /**
   * A second join of a joined topic: the first gives way, once it has had its turn. The messages of one post come in one
   * turn, and the channel is to handle those that came before the join.
   */
  #replace({ membership, process }: JoinedSlot, channel: ChannelClass<A>, slot: JoiningSlot): void {
    membership.hold();
    process.onExit(() => {
      if (this.#parts.slots.get(membership.topic) === slot) this.#start(slot, channel, membership);
      else closeReplaced(membership); // the join was given up before it began
    });
    scheduler.enqueue({ run: () => giveWay(process) });
  }

  #start(slot: JoiningSlot, channel: ChannelClass<A>, replaced: Membership | undefined): void {
    const { context: shared, client, connection, process: parent, answers } = this.#parts;
    const { join } = slot;
    const membership = new Membership(join.topic as string, join, client.serializer, connection, slot.backlog);
    const context = new ChannelContext(membership, shared, parent, client, answers, client.identity.assigns);
    const server = new ChannelServer(channel, join, context, this.#parting(membership));
    const process = new ChannelProcess(server, parent, {
      label: `${channel.name} ${quoted(membership.topic)}`,
      mailbox: { capacity: shared.limits.maxQueuedMessages },
      parent,
    });
    context.self = slot.process = process;
    shared.tree.channels.add(process);
    if (slot.cancelReason !== undefined) process.cancel(slot.cancelReason);
    process.start(() => {
      const isGivenUp = process.exitReason === "killed";
      if (isGivenUp) this.#answerGivenUp(join, server);
      if (isGivenUp || !this.#answer(join, server)) this.#parts.slots.free(membership.topic);
      else this.#enter(membership, process, server);
      if (replaced) closeReplaced(replaced);
      this.#owner.joinSettled(slot, isGivenUp);
    });
  }

  #answerGivenUp(message: ClientMessage, server: ChannelServer<A>): void {
    server.reportJoin({ result: "abandoned" }, message);
    this.#parts.answers.refuse(message, message.joinRef, JOIN_GIVEN_UP);
  }

  /** Replies to the client's join. Returns whether it has joined. */
  #answer(message: ClientMessage, server: ChannelServer<A>): boolean {
    const { answers, connection } = this.#parts;
    const join = server.takeOutcome();
    server.reportJoin(reportOf(join), message);
    if (join.outcome === "crashed") answers.refuse(message, message.joinRef, JOIN_CRASHED);
    else if (join.outcome === "overLimit") answers.refuseExcess(message, message.joinRef, join.excess);
    else connection.send(join.answer);
    if (join.outcome !== "joined") return false;
    for (const frame of join.state) connection.send(frame);
    return true;
  }

  #enter(membership: Membership, process: ChannelProcess, server: ChannelServer<A>): void {
    const { slots, context } = this.#parts;
    slots.join(membership, process, server.limits);
    if (server.isSubscribed) membership.release();
    else context.pubsub.subscribe(membership.topic, process, membership);
    process.onExit(() => {
      membership.backlog.clear();
      if (slots.part(membership)) membership.writeError();
    });
  }

  /**
   * Creates the closing callback in a separate method: a closure in the method that starts the join would keep the
   * join's parameters in memory as long as the channel.
   */
  #parting(membership: Membership): () => void {
    return () => this.#part(membership);
  }

  /** Called when a channel stops normally. */
  #part(membership: Membership): void {
    if (this.#parts.slots.part(membership)) membership.writeClose();
  }
}

/** Ends a channel whose client has joined its topic again. */
function giveWay(process: ChannelProcess): void {
  if (!process.alive) return; // it has left already
  process.exit(DUPLICATE_JOIN);
  process.cancel(DUPLICATE_JOIN);
  process.startDeadline();
}

/** Sends the client the last frames of a channel that was replaced by another join. */
function closeReplaced(membership: Membership): void {
  membership.release();
  membership.writeClose();
}

/** Converts the result of a join for telemetry. */
function reportOf(join: JoinOutcome): JoinReport {
  switch (join.outcome) {
    case "joined":
      return { result: "ok" };
    case "refused":
      return { result: "refused", reason: join.reason };
    case "overLimit":
      return { result: "refused", reason: join.excess.reason };
    case "crashed":
      return { result: "crashed" };
  }
}
