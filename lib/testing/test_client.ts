/**
 * A client for tests: speaks the protocol as phoenix.js does, and remembers what it hears.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import { spawn } from "../otp/process/spawn.ts";
import { HEARTBEAT, PHOENIX_TOPIC, PHX_JOIN, REFRESH } from "../protocol/events.ts";
import type { Frame } from "../protocol/message.ts";
import { encodeOutgoing, type OutgoingMessage } from "../protocol/server_frames.ts";
import type { Broadcast } from "../pubsub/broadcast.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { Inbox } from "./_inbox.ts";
import type { Pattern } from "./pattern.ts";
import { TestChannel } from "./test_channel.ts";
import { ANYTHING, expectEvent, type ReplyReceived, type TopicLog } from "./topic_log.ts";
import type { Closed, Wire } from "./wire.ts";

/** Thrown by a join that the server refused. */
export class JoinRefusedError extends Error {
  /** What the server answered. */
  readonly response: unknown;

  /** Creates the error for `topic`. */
  constructor(topic: string, response: unknown) {
    super(`Cannot join "${topic}": the server answered ${JSON.stringify(response)}`);
    this.name = "JoinRefusedError";
    this.response = response;
  }
}

/** A connected client, made by `connect`. Dispose of it with `await using`. */
export class TestClient implements AsyncDisposable {
  readonly #wire: Wire;
  readonly #inbox: Inbox;
  readonly #pubsub: PubSub | undefined;
  readonly #onClosed: () => void;
  /** Who listens to the broadcasts of a topic. */
  readonly #listeners = new Map<string, Pid>();
  #lastRef = 0;

  /**
   * Takes over an open wire.
   *
   * @param pubsub The server's, where that is in this program.
   * @param onClosed Called when the client has closed it.
   */
  constructor(wire: Wire, inbox: Inbox, pubsub: PubSub | undefined, onClosed: () => void = () => {}) {
    this.#wire = wire;
    this.#inbox = inbox;
    inbox.watch(wire);
    this.#pubsub = pubsub;
    this.#onClosed = onClosed;
  }

  /** All frames of the server so far, as they came over the wire. */
  get frames(): readonly Frame[] {
    return this.#inbox.frames;
  }

  /**
   * Joins a topic.
   *
   * @param topic The topic.
   * @param params What goes along: any JSON value.
   * @returns The joined topic.
   * @throws {JoinRefusedError} If the server refuses.
   * @throws {AssertionError} If it does not answer.
   */
  async join(topic: string, params: unknown = {}): Promise<TestChannel> {
    const log = this.#inbox.topic(topic);
    const ref = this.#nextRef();
    this.#send({ joinRef: ref, ref, topic, event: PHX_JOIN, payload: params });
    const reply = await log.replies.expect(`an answer to the join of "${topic}"`, (reply) => reply.ref === ref);
    if (reply.status !== "ok") throw new JoinRefusedError(topic, reply.response);
    return new TestChannel(topic, reply, log, {
      send: (message) => this.#sendNext(message),
      broadcastFrom: this.#pubsub && this.#broadcastFrom(this.#pubsub, topic),
    });
  }

  /**
   * Joins a topic, and listens to its broadcasts as well, so that they can be expected.
   *
   * @param topic The topic.
   * @param params What goes along: any JSON value.
   * @returns The joined topic.
   * @throws {JoinRefusedError} If the server refuses.
   * @throws {AssertionError} If it does not answer.
   * @throws {TypeError} If the server is not in this program.
   */
  async subscribeAndJoin(topic: string, params: unknown = {}): Promise<TestChannel> {
    if (!this.#pubsub) throw new TypeError("Cannot subscribe: the server is not in this program");
    if (!this.#listeners.has(topic)) this.#listeners.set(topic, listen(this.#pubsub, topic, this.#inbox.topic(topic)));
    return await this.join(topic, params);
  }

  /** Sends a message as it is: also one that a client in order would never send. Answers its ref. */
  send(message: Partial<OutgoingMessage> & Pick<OutgoingMessage, "topic" | "event">): string {
    return this.#sendNext({ joinRef: null, payload: {}, ...message });
  }

  /** Sends a frame as it is. */
  sendFrame(frame: Frame): void {
    this.#wire.send(frame);
  }

  /** Sends a heartbeat and expects the answer. @throws {AssertionError} If it does not come. */
  async heartbeat(): Promise<void> {
    const ref = this.send({ topic: PHOENIX_TOPIC, event: HEARTBEAT });
    await this.#inbox.topic(PHOENIX_TOPIC).replies.expect("an answer to the heartbeat", (reply) => reply.ref === ref);
  }

  /**
   * Shows the server a new token, for `Socket.refresh`.
   *
   * @param payload What `Socket.refresh` gets.
   * @returns The answer: its status and response.
   * @throws {AssertionError} If it does not come.
   */
  async refresh(payload: unknown): Promise<ReplyReceived> {
    const ref = this.send({ topic: PHOENIX_TOPIC, event: REFRESH, payload });
    const { replies } = this.#inbox.topic(PHOENIX_TOPIC);
    return await replies.expect("an answer to the refresh", (reply) => reply.ref === ref);
  }

  /**
   * Expects an event of any topic, also of one that this client never joined.
   *
   * @param topic The topic.
   * @param event What happened.
   * @param payload What it looks like.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertMessage(topic: string, event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#inbox.topic(topic).pushes, `message to "${topic}"`, event, payload);
  }

  /**
   * Expects that the server ends the connection.
   *
   * @param code The close code.
   * @returns How it was closed.
   * @throws {AssertionError} If it is not.
   */
  async assertClosed(code: number): Promise<Closed> {
    return await this.#inbox.ends.expect(`the connection to be closed with ${code}`, (end) => end.code === code);
  }

  /** Expects that the connection stays open. @throws {AssertionError} If the server closes it. */
  async refuteClosed(): Promise<void> {
    await this.#inbox.ends.refute("end of the connection", () => true);
  }

  /** Goes: the server sees the connection end. */
  async close(): Promise<void> {
    for (const listener of this.#listeners.values()) listener.exit("shutdown");
    await this.#wire.close();
    this.#onClosed();
  }

  /** The same as {@linkcode close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #sendNext(message: Omit<OutgoingMessage, "ref">): string {
    const ref = this.#nextRef();
    this.#send({ ref, ...message });
    return ref;
  }

  #send(message: OutgoingMessage): void {
    if (message.ref !== null) this.#inbox.topic(message.topic).noteSent(message.ref, message.event);
    this.#wire.send(encodeOutgoing(message));
  }

  #broadcastFrom(pubsub: PubSub, topic: string): (event: string, payload: object) => void {
    return (event, payload) => {
      const listener = this.#listeners.get(topic);
      if (listener) pubsub.broadcastFrom(listener, topic, event, payload);
      else pubsub.broadcast(topic, event, payload);
    };
  }

  #nextRef(): string {
    return String(++this.#lastRef);
  }
}

/** Notes the broadcasts of a topic, as another process hears them. */
function listen(pubsub: PubSub, topic: string, log: TopicLog): Pid {
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { event, payload } of mailbox) log.broadcasts.add({ event, payload });
  }, { label: `listener to ${JSON.stringify(topic)}` });
  pubsub.subscribe(topic, listener);
  return listener;
}
