/**
 * The process of one connection: decodes the client's messages and routes them.
 *
 * See the folder's README for an overview.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { isInstance } from "../base/foreign.ts";
import { oneLine } from "../base/printable.ts";
import { type Runnable, scheduler } from "../base/scheduler.ts";
import { isThenable } from "../base/thenable.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import { MALFORMED_MESSAGE } from "../protocol/close_texts.ts";
import { REFRESH_CRASHED, TOKEN_EXPIRED, UNMATCHED_TOPIC } from "../protocol/error_reasons.ts";
import { MalformedFrameError, NestingError } from "../protocol/errors.ts";
import { DISCONNECT, HEARTBEAT, PHOENIX_TOPIC, PHX_ANSWER, PHX_JOIN, PHX_LEAVE, REFRESH } from "../protocol/events.ts";
import type { ClientMessage, Frame } from "../protocol/message.ts";
import { pushKeyOf } from "../protocol/push_key.ts";
import { sameRef } from "../protocol/ref.ts";
import { assertRepeatable } from "../protocol/repeatable.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import type { Connection } from "../transport/connection.ts";
import type { SocketSession } from "../transport/socket_driver.ts";
import { limitHit } from "../limits/telemetry.ts";
import { Answers } from "./_answers.ts";
import { SHUTDOWN_MS } from "./channel.ts";
import type { Excess } from "../limits/excess.ts";
import { Leave, LEFT, Refreshed, TransportDown } from "./_channel_messages.ts";
import type { ClientContext } from "./_client_context.ts";
import { ClientLimits } from "./_client_limits.ts";
import { IncomingPush } from "./incoming_push.ts";
import { type ClientParts, type JoinOwner, Joins } from "./_joins.ts";
import type { AnswerFate } from "./requests/_pending_requests.ts";
import { PushCopy } from "./repeats/_push_copy.ts";
import type { SocketContext } from "./_socket_context.ts";
import { type SocketParts, SocketProcess } from "./socket_process.ts";
import { malformedFrame, pushRepeated } from "./telemetry.ts";
import { type FrameSize, type JoinedSlot, type JoiningSlot, type Slot, TopicSlots } from "./_topic_slots.ts";

/** The size of messages that are handled at once and never wait. */
const NO_SIZE: FrameSize = { length: 0, weight: 0 };

/** Runs the channels of one connection. */
export class SocketServer<A extends object> implements SocketSession, JoinOwner, Runnable {
  readonly #parts: ClientParts<A>;
  readonly #joins: Joins<A>;
  #ending: { readonly reason: ExitReason; readonly patience: Alarm } | undefined; // once the connection is over

  /** Takes over an open connection. */
  constructor(client: ClientContext<A>, connection: Connection, context: SocketContext<A>) {
    const slots = new TopicSlots();
    const limits = new ClientLimits(context.limits);
    const answers = new Answers(client.serializer, connection, limits);
    const process = startProcess({ socket: context.label, client, connection, slots, log: context.log }, context);
    this.#parts = { context, client, connection, process, slots, limits, answers };
    this.#joins = new Joins(this.#parts, this);
    process.onExit(() => this.#ended());
    process.mailbox.wait(this);
    const { identity } = client;
    if (identity.id !== null) context.pubsub.subscribeId(identity.id, process);
    identity.watch(() => this.#expire());
  }

  /** Reads the mailbox: broadcasts on the socket's id. Called by the scheduler. */
  run(): void {
    const { mailbox } = this.#parts.process;
    while (mailbox.length > 0) {
      if (!scheduler.spend()) return scheduler.enqueue(this);
      const message = mailbox.take();
      if (message instanceof Broadcast && message.event === DISCONNECT) {
        this.#parts.process.disconnect();
      }
    }
    if (this.#parts.process.alive) mailbox.wait(this);
  }

  /** Handles a frame of the client. */
  handleIn(frame: Frame): void {
    if (!this.#parts.answers.mayRead(frame.length)) return;
    const message = this.#decode(frame);
    if (!message) return;
    const excess = this.#parts.limits.excessOfSpeed();
    if (excess) this.#refuseSpeed(message, excess);
    else this.#route(message, { length: frame.length, weight: this.#parts.limits.weightOf(frame, message.payload) });
  }

  /**
   * Called when the connection is closed. Channels end after they have handled their waiting messages, or at their
   * deadline.
   */
  close(reason: ExitReason): void {
    this.#parts.client.identity.unwatch();
    this.#endChannels(reason);
    this.#parts.process.end("normal");
  }

  /** Called when the process ends. Also closes the connection if the process was ended from outside. */
  #ended(): void {
    const { context, process } = this.#parts;
    context.tree.delete(process);
    process.disconnect();
  }

  #endChannels(reason: ExitReason): void {
    for (const slot of this.#parts.slots) this.#endSlot(slot, reason);
    if (this.#parts.slots.size === 0) return;
    const patience = new Alarm(() => this.#giveUpAll());
    this.#ending = { reason, patience };
    patience.set(Math.max(...[...this.#parts.slots].map(({ process }) => process?.shutdownMs ?? SHUTDOWN_MS)));
  }

  /** Ends a topic. A join with waiting messages is settled first, as in Phoenix; other joins are given up. */
  #endSlot(slot: Slot, reason: ExitReason): void {
    if (slot.phase === "joined") this.#endMember(slot, reason);
    else if (slot.waiting.length > 0) this.#joins.cancel(slot, reason);
    else this.#joins.giveUp(slot);
  }

  #endMember({ membership, process }: JoinedSlot, reason: ExitReason): void {
    this.#parts.slots.free(membership.topic);
    process.endBy(new TransportDown(reason), reason);
  }

  #giveUpAll(): void {
    for (const slot of this.#parts.slots) if (slot.phase === "joining") this.#joins.giveUp(slot);
  }

  /**
   * Called when the client's token has expired. Its channels get `phx_error`, so that it rejoins after reconnecting
   * with a new token.
   */
  #expire(): void {
    for (const slot of this.#parts.slots) {
      if (slot.phase === "joined") slot.membership.writeError(TOKEN_EXPIRED);
      else slot.waiting.length = 0; // sent with a token that is no longer valid
    }
    this.#parts.connection.close(CLOSE_CODES.authExpired, { text: TOKEN_EXPIRED, reason: "expired" });
    this.#endChannels({ shutdown: "expired" }); // now, not only after the client has answered the close
  }

  #decode(frame: Frame): ClientMessage | undefined {
    try {
      const message = this.#parts.client.serializer.decode(frame, this.#parts.context.limits.maxNesting);
      assertRepeatable(message);
      return message;
    } catch (error) {
      if (!isInstance(error, MalformedFrameError)) throw error;
      if (error instanceof NestingError) {
        limitHit("maxNesting", { max: error.maxNesting, connection: this.#parts.connection });
      }
      malformedFrame.emit({ error });
      this.#parts.connection.close(CLOSE_CODES.invalidText, { text: MALFORMED_MESSAGE, reason: error });
      return undefined;
    }
  }

  /** Routes a message. One line for each kind of message. */
  #route(message: ClientMessage, size: FrameSize): void {
    const { topic, event } = message;
    if (topic === PHOENIX_TOPIC && event === HEARTBEAT) return this.#parts.answers.confirm(message, null);
    if (topic === PHOENIX_TOPIC && event === REFRESH) return this.#refresh(message);
    const slot = this.#parts.slots.get(topic);
    if (slot?.phase === "joining") return this.#joins.queue(slot, message, size);
    if (event === PHX_JOIN) return this.#joins.join(slot, message, size);
    if (slot) return this.#deliver(slot, message, size);
    if (event === PHX_LEAVE) return this.#parts.answers.confirm(message, message.joinRef);
    this.#parts.answers.refuse(message, null, UNMATCHED_TOPIC);
  }

  #refresh(message: ClientMessage): void {
    const excess = this.#parts.client.identity.excessOfRefresh();
    if (excess) return this.#parts.answers.refuseExcess(message, null, excess);
    const onFailure = (thrown: unknown) => void this.#parts.connection.reportFailure(thrown);
    void this.#parts.client.identity.refresh(message.payload, onFailure).then((result) =>
      this.#answerRefresh(message, result)
    );
  }

  /** Replies to the client's refresh, then notifies its channels. */
  #answerRefresh(message: ClientMessage, result: Ok<A> | Refuse): void {
    if (!this.#parts.process.alive) return;
    if (result.next === "refuse") return this.#refuseRefresh(message, result.reason);
    this.#parts.answers.confirm(message, null);
    for (const { process } of this.#parts.slots) process?.mailbox.postSystem(new Refreshed(result.value));
  }

  #refuseRefresh(message: ClientMessage, reason: unknown = {}): void {
    try {
      this.#parts.answers.reply(message, null, "error", reason);
    } catch (thrown) { // the reason is not a JSON value, or the format is broken
      this.#parts.connection.reportFailure(thrown);
      this.#parts.answers.refuse(message, null, REFRESH_CRASHED);
    }
  }

  #deliver(slot: JoinedSlot, message: ClientMessage, size: FrameSize): void {
    const { membership, process, limits } = slot;
    const { joinRef, ref, event, payload } = message;
    const { maxQueuedMessages } = this.#parts.context.limits;
    if (joinRef !== null && !sameRef(joinRef, membership.joinRef)) return; // meant for an earlier join of this topic
    if (event === PHX_LEAVE && process.mailbox.length <= maxQueuedMessages) {
      return this.#leave(slot, ref); // accepted even if the queue is full
    }
    const excess = limits?.excessOf(event, payload, size.length);
    if (excess) return this.#parts.answers.refuseExcess(message, membership.frameRef, excess);
    if (event === PHX_ANSWER) return this.#takeAnswer(slot, message);
    const key = pushKeyOf(ref);
    const origin = key === undefined ? undefined : { topic: membership.topic, id: this.#parts.client.identity.id, key };
    const earlier = origin && this.#parts.context.pushes.find(origin);
    if (earlier) pushRepeated.emit({ topic: membership.topic, event, isReplied: earlier.isReplied });
    if (earlier?.isOver) return earlier.repeat((status, response) => membership.reply(ref, status, response));
    const full = this.#parts.limits.excessOfQueue(process.mailbox.length);
    if (full) return this.#parts.answers.refuseExcess(message, membership.frameRef, full);
    const memory = earlier ?? (origin && this.#parts.context.pushes.add(origin));
    const push = new IncomingPush(membership, event, payload, ref, size.weight, memory);
    membership.backlog.put(size.weight);
    if (memory && !earlier) process.pushes.add(memory);
    process.send(earlier ? new PushCopy(push, process) : push);
  }

  /** Settles a request of the server, before the mailbox: the handler that waits for the answer blocks that. */
  #takeAnswer({ membership, process }: JoinedSlot, message: ClientMessage): void {
    const fate = process.requests.answer(message.payload);
    const confirm = (fate: AnswerFate) => this.#parts.answers.confirmAnswer(message, membership, fate);
    if (isThenable(fate)) void fate.then(confirm); // is never rejected
    else confirm(fate);
  }

  /** Makes the channel leave after it has handled its waiting messages, or at its deadline. */
  #leave({ membership, process }: JoinedSlot, ref: unknown): void {
    process.endBy(new Leave(ref), LEFT, () => {
      if (!this.#parts.slots.part(membership)) return; // it has replied, and only `terminate` is late
      membership.replyLeft(ref);
      membership.writeClose();
    });
  }

  /**
   * Routes the messages that waited for a join, in order. If the connection is closed, nothing is handled after them.
   */
  joinSettled(slot: JoiningSlot, isGivenUp: boolean): void {
    slot.patience?.clear();
    slot.backlog.clear();
    if (slot.isRemoved) this.#parts.process.removeFrom(slot.join.topic as string);
    const ending = this.#ending;
    if (!ending || !isGivenUp) {
      for (const { message, size } of slot.waiting) {
        if (!ending && !this.#parts.process.alive) return; // closed because of the one before
        this.#route(message, size);
      }
    }
    if (!ending) return;
    const next = this.#parts.slots.get(slot.join.topic);
    if (next) this.#endSlot(next, ending.reason);
    if (this.#parts.slots.size === 0) ending.patience.clear();
  }

  /** Refuses a message that exceeds the rate. Leaves and heartbeats pass the rate limit: both reduce load. */
  #refuseSpeed(message: ClientMessage, excess: Excess): void {
    const isHarmless = message.event === PHX_LEAVE || (message.topic === PHOENIX_TOPIC && message.event === HEARTBEAT);
    if (!isHarmless) this.#parts.answers.refuseExcess(message, message.joinRef, excess);
    else if (this.#parts.answers.mayGoOn()) this.#route(message, NO_SIZE);
  }
}

/** The process of a connection, in the tree of its endpoint. */
function startProcess(
  parts: SocketParts,
  { tree, label }: Pick<SocketContext<never>, "tree" | "label">,
): SocketProcess {
  const { id } = parts.client.identity;
  const process = new SocketProcess(parts, {
    label: id === null ? label : `${label} ${oneLine(id)}`,
    parent: tree.root,
  });
  tree.add(process);
  return process;
}
