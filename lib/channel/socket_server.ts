/**
 * The process of one connection: decodes what the client sends and takes it where it belongs.
 *
 * See the folder's README for who talks to whom.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { isInstance } from "../base/foreign.ts";
import { oneLine, quoted } from "../base/printable.ts";
import { type Runnable, scheduler } from "../base/scheduler.ts";
import { BacklogShare } from "../limits/backlog.ts";
import type { SocketLimits } from "../limits/limit_set.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { Ok, Refuse } from "../otp/server/result.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import {
  JOIN_CRASHED,
  JOIN_GIVEN_UP,
  REFRESH_CRASHED,
  TOKEN_EXPIRED,
  UNMATCHED_TOPIC,
} from "../protocol/error_reasons.ts";
import { MalformedFrameError, NestingError } from "../protocol/errors.ts";
import { DISCONNECT, HEARTBEAT, PHOENIX_TOPIC, PHX_JOIN, PHX_LEAVE, REFRESH } from "../protocol/events.ts";
import type { ClientMessage, Frame } from "../protocol/message.ts";
import { sameRef } from "../protocol/ref.ts";
import { assertRepeatable } from "../protocol/repeatable.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import type { Connection } from "../transport/connection.ts";
import type { SocketSession } from "../transport/socket_driver.ts";
import { limitHit } from "../limits/telemetry.ts";
import { Answers } from "./answers.ts";
import { type ChannelClass, SHUTDOWN_MS } from "./channel.ts";
import { ChannelContext, type SharedContext } from "./channel_context.ts";
import { ChannelProcess } from "./channel_process.ts";
import type { Excess } from "../limits/excess.ts";
import type { JoinReport } from "./channel_reports.ts";
import { ChannelServer, type JoinOutcome, Refreshed, TransportDown } from "./channel_server.ts";
import { ClientLimits } from "./client_limits.ts";
import { Holding } from "./held_frames.ts";
import type { ClientContext } from "./client_context.ts";
import { IncomingPush, Leave } from "./incoming_push.ts";
import { Membership } from "./membership.ts";
import type { Router } from "./router.ts";
import { type SocketParts, SocketProcess } from "./socket_process.ts";
import type { SocketTree } from "./socket_tree.ts";
import { malformedFrame } from "./telemetry.ts";
import { type FrameSize, type JoinedSlot, type JoiningSlot, type Slot, TopicSlots } from "./topic_slots.ts";

/** Why a channel ends whose client has left. */
const LEFT: ExitReason = { shutdown: "left" };
/** Why a channel ends whose client joins again. */
const DUPLICATE_JOIN: ExitReason = { shutdown: "duplicate_join" };

/** Of what is handled at once, however large it is. */
const NO_SIZE: FrameSize = { length: 0, weight: 0 };

/** What all connections of a mount share. */
export interface SocketContext<A extends object> extends SharedContext {
  /** Finds the channel of a topic. */
  readonly router: Router<ChannelClass<A>>;
  /** The processes of the endpoint, these among them. */
  readonly tree: SocketTree;
  /** What each client may do. */
  readonly limits: SocketLimits;
  /** What kind of socket it is, for people. */
  readonly label: string;
}

/** Runs the channels of one connection. */
export class SocketServer<A extends object> implements SocketSession, Runnable {
  readonly #context: SocketContext<A>;
  readonly #client: ClientContext<A>;
  readonly #connection: Connection;
  readonly #process: SocketProcess;
  readonly #slots: TopicSlots = new TopicSlots();
  readonly #limits: ClientLimits;
  readonly #answers: Answers;
  #holding: Holding | undefined; // most connections replace no join
  #ending: { readonly reason: ExitReason; readonly patience: Alarm } | undefined; // once the connection is over

  /** Takes over an open connection. */
  constructor(client: ClientContext<A>, connection: Connection, context: SocketContext<A>) {
    this.#client = client;
    this.#connection = connection;
    this.#context = context;
    this.#limits = new ClientLimits(context.limits);
    this.#answers = new Answers(client.serializer, connection, this.#limits);
    const { id } = client.identity;
    const parts: SocketParts = { client, connection, slots: this.#slots };
    const label = id === null ? context.label : `${context.label} ${oneLine(id)}`;
    this.#process = new SocketProcess(parts, { label, parent: context.tree.root });
    context.tree.add(this.#process);
    this.#process.onExit(() => this.#ended());
    this.#process.mailbox.wait(this);
    if (id !== null) context.pubsub.subscribe(id, this.#process);
    client.identity.watch(() => this.#expire());
  }

  /** Reads the mailbox: broadcasts on the socket's id. Called by the scheduler. */
  run(): void {
    const { mailbox } = this.#process;
    while (mailbox.length > 0) {
      if (!scheduler.spend()) return scheduler.enqueue(this);
      const message = mailbox.take();
      if (message instanceof Broadcast && message.event === DISCONNECT) {
        this.#connection.close(CLOSE_CODES.goingAway, { reason: "disconnected" });
      }
    }
    if (this.#process.alive) mailbox.wait(this);
  }

  /** Gets a frame of the client. */
  handleIn(frame: Frame): void {
    if (!this.#answers.mayRead(frame.length)) return;
    const message = this.#decode(frame);
    if (!message) return;
    const excess = this.#limits.excessOfSpeed();
    if (excess) this.#refuseSpeed(message, excess);
    else this.#route(message, { length: frame.length, weight: this.#limits.weightOf(frame, message.payload) });
  }

  /** The connection is over: channels end once they have dealt with what waits for them, or time is up. */
  close(reason: ExitReason): void {
    this.#client.identity.unwatch();
    this.#endChannels(reason);
    this.#process.end("normal");
  }

  /** Also a connection whose process was ended from elsewhere is closed. */
  #ended(): void {
    this.#context.tree.delete(this.#process);
    this.#connection.close(CLOSE_CODES.goingAway, { reason: "disconnected" });
  }

  #endChannels(reason: ExitReason): void {
    for (const slot of this.#slots) this.#endSlot(slot, reason);
    if (this.#slots.size === 0) return;
    const patience = new Alarm(() => this.#giveUpAll());
    this.#ending = { reason, patience };
    patience.set(Math.max(...[...this.#slots].map(({ process }) => process?.shutdownMs ?? SHUTDOWN_MS)));
  }

  /** A join that messages wait for is first settled, as in Phoenix; nobody needs the others any more. */
  #endSlot(slot: Slot, reason: ExitReason): void {
    if (slot.phase === "joined") this.#endMember(slot, reason);
    else if (slot.waiting.length > 0) this.#cancel(slot, reason);
    else this.#giveUp(slot);
  }

  #endMember({ membership, process }: JoinedSlot, reason: ExitReason): void {
    this.#slots.free(membership.topic);
    process.endBy(new TransportDown(reason), reason);
  }

  #giveUpAll(): void {
    for (const slot of this.#slots) if (slot.phase === "joining") this.#giveUp(slot);
  }

  /** The client's token is too old. What it has joined fails, so that it joins again when it is back with a new one. */
  #expire(): void {
    for (const slot of this.#slots) {
      if (slot.phase === "joined") slot.membership.writeError(TOKEN_EXPIRED);
      else slot.waiting.length = 0; // it was sent by right of a token that is no longer good
    }
    this.#connection.close(CLOSE_CODES.authExpired, { text: TOKEN_EXPIRED, reason: "expired" });
    this.#endChannels({ shutdown: "expired" }); // not only when the client has answered
  }

  #decode(frame: Frame): ClientMessage | undefined {
    try {
      const message = this.#client.serializer.decode(frame, this.#context.limits.maxNesting);
      assertRepeatable(message);
      return message;
    } catch (error) {
      if (!isInstance(error, MalformedFrameError)) throw error;
      if (error instanceof NestingError) {
        limitHit("maxNesting", { max: error.maxNesting, connection: this.#connection });
      }
      malformedFrame.emit({ error });
      this.#connection.close(CLOSE_CODES.invalidText, { text: "malformed message", reason: error });
      return undefined;
    }
  }

  /** One line for each thing a client may mean. */
  #route(message: ClientMessage, size: FrameSize): void {
    const { topic, event } = message;
    if (topic === PHOENIX_TOPIC && event === HEARTBEAT) return this.#answers.confirm(message, null);
    if (topic === PHOENIX_TOPIC && event === REFRESH) return this.#refresh(message);
    const slot = this.#slots.get(topic);
    if (slot?.phase === "joining") return this.#queue(slot, message, size);
    if (event === PHX_JOIN) return this.#join(slot, message, size);
    if (slot) return this.#deliver(slot, message, size);
    if (event === PHX_LEAVE) return this.#answers.confirm(message, message.joinRef);
    this.#answers.refuse(message, null, UNMATCHED_TOPIC);
  }

  #refresh(message: ClientMessage): void {
    const excess = this.#client.identity.excessOfRefresh();
    if (excess) return this.#answers.refuseExcess(message, null, excess);
    const onFailure = (thrown: unknown) => void this.#connection.reportFailure(thrown);
    void this.#client.identity.refresh(message.payload, onFailure).then((result) =>
      this.#answerRefresh(message, result)
    );
  }

  /** Tells the client, and then its channels, what became of its refresh. */
  #answerRefresh(message: ClientMessage, result: Ok<A> | Refuse): void {
    if (!this.#process.alive) return;
    if (result.next === "refuse") return this.#refuseRefresh(message, result.reason);
    this.#answers.confirm(message, null);
    for (const { process } of this.#slots) process?.mailbox.postSystem(new Refreshed(result.value));
  }

  #refuseRefresh(message: ClientMessage, reason: unknown = {}): void {
    try {
      this.#answers.reply(message, null, "error", reason);
    } catch (thrown) { // the reason is no JSON value, or the format is broken
      this.#connection.reportFailure(thrown);
      this.#answers.refuse(message, null, REFRESH_CRASHED);
    }
  }

  #deliver(slot: JoinedSlot, message: ClientMessage, size: FrameSize): void {
    const { membership, process, limits } = slot;
    const { joinRef, ref, event, payload } = message;
    const { maxQueuedMessages } = this.#context.limits;
    if (joinRef !== null && !sameRef(joinRef, membership.joinRef)) return; // meant for an earlier join of this topic
    if (event === PHX_LEAVE && process.mailbox.length <= maxQueuedMessages) {
      return this.#leave(slot, ref); // one finds room where pushes do not
    }
    const excess = limits?.excessOf(event, payload, size.length);
    if (excess) return this.#answers.refuseExcess(message, membership.frameRef, excess);
    const full = this.#limits.excessOfQueue(process.mailbox.length);
    if (full) return this.#answers.refuseExcess(message, membership.frameRef, full);
    membership.backlog.put(size.weight);
    process.send(new IncomingPush(membership, event, payload, ref, size.weight));
  }

  /** Leaves once the channel has dealt with what waits for it, or time is up. */
  #leave({ membership, process }: JoinedSlot, ref: unknown): void {
    process.endBy(new Leave(ref), LEFT, () => {
      if (!this.#slots.part(membership)) return; // it did answer, and is late with `terminate`
      membership.replyLeft(ref);
      membership.writeClose();
    });
  }

  #queue(slot: JoiningSlot, message: ClientMessage, size: FrameSize): void {
    const isLeave = message.event === PHX_LEAVE && slot.waiting.length <= this.#context.limits.maxQueuedMessages &&
      (message.joinRef === null || sameRef(message.joinRef, slot.join.joinRef));
    const full = isLeave ? undefined : this.#limits.excessOfQueue(slot.waiting.length);
    if (full) return this.#answers.refuseExcess(message, message.joinRef, full);
    slot.backlog.put(size.weight);
    slot.waiting.push({ message, size });
    if (isLeave) this.#leaveJoin(slot);
  }

  /** Messages that wait for the join are still handled, if it is settled in time. Without any, nobody needs it. */
  #leaveJoin(slot: JoiningSlot): void {
    if (slot.process && slot.waiting.length === 1) return this.#giveUp(slot);
    this.#cancel(slot, LEFT);
    slot.patience ??= new Alarm(() => this.#giveUp(slot)).set(slot.process?.shutdownMs ?? SHUTDOWN_MS);
  }

  #cancel(slot: JoiningSlot, reason: ExitReason): void {
    slot.cancelReason ??= reason;
    slot.process?.cancel(slot.cancelReason);
  }

  /** Ends a join that is not settled. */
  #giveUp(slot: JoiningSlot): void {
    if (slot.process) return slot.process.end("killed"); // which settles it
    this.#slots.free(slot.join.topic as string);
    this.#answers.refuse(slot.join, slot.join.joinRef, JOIN_GIVEN_UP);
    this.#settled(slot, true);
  }

  #join(joined: JoinedSlot | undefined, message: ClientMessage, size: FrameSize): void {
    const { topic, joinRef } = message;
    const channel = typeof topic === "string" ? this.#context.router.find(topic) : undefined;
    if (!channel) return this.#answers.refuse(message, null, UNMATCHED_TOPIC);
    const excess = this.#limits.excessOfJoin(topic as string, joined ? undefined : this.#slots.size);
    if (excess) return this.#answers.refuseExcess(message, joinRef, excess);
    const backlog = new BacklogShare(this.#limits.backlog);
    backlog.putJoin(size.weight); // until it is settled: what it carries may be large
    const slot = this.#slots.startJoin(message, backlog);
    if (joined) this.#replace(joined, channel, slot);
    else this.#start(slot, channel, undefined);
  }

  /** A second join of a joined topic: the first gives way. */
  #replace({ membership, process }: JoinedSlot, channel: ChannelClass<A>, slot: JoiningSlot): void {
    membership.hold(this.#holding ??= new Holding(this.#connection));
    process.onExit(() => {
      if (this.#slots.get(membership.topic) === slot) this.#start(slot, channel, membership);
      else closeReplaced(membership); // the join was given up before it began
    });
    process.exit(DUPLICATE_JOIN);
    process.cancel(DUPLICATE_JOIN);
    process.startDeadline();
  }

  #start(slot: JoiningSlot, channel: ChannelClass<A>, replaced: Membership | undefined): void {
    const { serializer, identity: { assigns } } = this.#client;
    const { join } = slot;
    const membership = new Membership(join.topic as string, join, serializer, this.#connection, slot.backlog);
    const context = new ChannelContext(membership, this.#context, this.#process, this.#client, assigns);
    const server = new ChannelServer(channel, join, context, this.#parting(membership));
    const process = new ChannelProcess(server, this.#process, {
      label: `${channel.name} ${quoted(membership.topic)}`,
      mailbox: { capacity: this.#context.limits.maxQueuedMessages },
      parent: this.#process,
    });
    context.self = slot.process = process;
    this.#context.tree.channels.add(process);
    if (slot.cancelReason !== undefined) process.cancel(slot.cancelReason);
    process.start(() => {
      const isGivenUp = process.exitReason === "killed";
      if (isGivenUp) this.#answerGivenUp(join, server);
      if (isGivenUp || !this.#answer(join, server)) this.#slots.free(membership.topic);
      else this.#enter(membership, process, server);
      if (replaced) closeReplaced(replaced);
      this.#settled(slot, isGivenUp);
    });
  }

  /** What waited for a join is routed again, in order. If the connection is over, it was the last that is handled. */
  #settled(slot: JoiningSlot, isGivenUp: boolean): void {
    slot.patience?.clear();
    slot.backlog.clear();
    const ending = this.#ending;
    if (!ending || !isGivenUp) {
      for (const { message, size } of slot.waiting) {
        this.#route(message, size);
      }
    }
    if (!ending) return;
    const next = this.#slots.get(slot.join.topic);
    if (next) this.#endSlot(next, ending.reason);
    if (this.#slots.size === 0) ending.patience.clear();
  }

  #answerGivenUp(message: ClientMessage, server: ChannelServer<A>): void {
    server.reportJoin({ result: "abandoned" }, message);
    this.#answers.refuse(message, message.joinRef, JOIN_GIVEN_UP);
  }

  /** Tells the client what became of its join. Answers whether it has joined. */
  #answer(message: ClientMessage, server: ChannelServer<A>): boolean {
    const join = server.takeOutcome();
    server.reportJoin(reportOf(join), message);
    if (join.outcome === "crashed") this.#answers.refuse(message, message.joinRef, JOIN_CRASHED);
    else if (join.outcome === "overLimit") this.#answers.refuseExcess(message, message.joinRef, join.excess);
    else this.#connection.send(join.answer);
    return join.outcome === "joined";
  }

  #enter(membership: Membership, process: ChannelProcess, server: ChannelServer<A>): void {
    this.#slots.join(membership, process, server.limits);
    this.#context.pubsub.subscribe(membership.topic, process, membership);
    process.onExit(() => {
      membership.backlog.clear();
      if (this.#slots.part(membership)) membership.writeError();
    });
  }

  /** Made apart: a function made where the join is started would keep the join's parameters as long as the channel. */
  #parting(membership: Membership): () => void {
    return () => this.#part(membership);
  }

  /** A channel stops as it should. */
  #part(membership: Membership): void {
    if (this.#slots.part(membership)) membership.writeClose();
  }

  /** Who is too fast may still leave, and show that it is alive: both make it less work. */
  #refuseSpeed(message: ClientMessage, excess: Excess): void {
    const isHarmless = message.event === PHX_LEAVE || (message.topic === PHOENIX_TOPIC && message.event === HEARTBEAT);
    if (!isHarmless) this.#answers.refuseExcess(message, message.joinRef, excess);
    else if (this.#answers.mayGoOn()) this.#route(message, NO_SIZE);
  }
}

/** The client hears the last of a channel that gave way to another join. */
function closeReplaced(membership: Membership): void {
  membership.release();
  membership.writeClose();
}

/** How telemetry calls what became of a join. */
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
