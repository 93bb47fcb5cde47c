/**
 * A client for tests: it speaks the protocol as phoenix.js does, and records what it receives.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { SentParams } from "../contract/messages.ts";
import type { Pid } from "../otp/process/pid.ts";
import { spawn } from "../otp/process/spawn.ts";
import { HEARTBEAT, PHOENIX_TOPIC, PHX_JOIN, REFRESH } from "../protocol/events.ts";
import type { Frame } from "../protocol/message.ts";
import { encodeOutgoing, type OutgoingMessage } from "../protocol/server_frames.ts";
import type { Broadcast } from "../pubsub/broadcast.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { Inbox } from "./_inbox.ts";
import type { Pattern } from "./pattern.ts";
import { ContractTestChannel, valid } from "./contract_test_channel.ts";
import { TestChannel } from "./test_channel.ts";
import { ANYTHING, expectEvent, type ReplyReceived, type TopicLog } from "./topic_log.ts";
import type { Closed, Wire } from "./wire.ts";

/** Thrown when the server refused a join. */
export class JoinRefusedError extends Error {
  /** The server's response. */
  readonly response: unknown;

  /** Creates the error for `topic`. */
  constructor(topic: string, response: unknown) {
    super(`Cannot join "${topic}": the server replied ${JSON.stringify(response)}`);
    this.name = "JoinRefusedError";
    this.response = response;
  }
}

/** A connected test client, created by `connect`. Dispose of it with `await using`. */
export class TestClient implements AsyncDisposable {
  readonly #wire: Wire;
  readonly #inbox: Inbox;
  readonly #pubsub: PubSub | undefined;
  readonly #onClosed: () => void;
  /** The processes that listen to broadcasts, by topic. */
  readonly #listeners = new Map<string, Pid>();
  #lastRef = 0;

  /**
   * Takes over an open wire.
   *
   * @param pubsub The server's PubSub, if the server is in this program.
   * @param onClosed Called when the client has closed it.
   */
  constructor(wire: Wire, inbox: Inbox, pubsub: PubSub | undefined, onClosed: () => void = () => {}) {
    this.#wire = wire;
    this.#inbox = inbox;
    inbox.watch(wire);
    this.#pubsub = pubsub;
    this.#onClosed = onClosed;
  }

  /** All frames that the server has sent so far, as they came over the wire. */
  get frames(): readonly Frame[] {
    return this.#inbox.frames;
  }

  /**
   * Joins a topic.
   *
   * @param topic The topic.
   * @param params The join parameters: any JSON value.
   * @returns The joined topic.
   * @throws {JoinRefusedError} If the server refuses.
   * @throws {AssertionError} If it does not reply.
   */
  join(topic: string, params?: unknown): Promise<TestChannel>;
  /** Joins a topic by a contract, so that what is said there is typed and validated. */
  join<C extends Contract>(contract: C, topic: string, params?: SentParams<C>): Promise<ContractTestChannel<C>>;
  async join(...args: JoinArguments): Promise<Joined> {
    return await this.#join(joinOf(args));
  }

  /**
   * Joins a topic and subscribes to its broadcasts, so that `assertBroadcast` can find them.
   *
   * @param topic The topic.
   * @param params The join parameters: any JSON value.
   * @returns The joined topic.
   * @throws {JoinRefusedError} If the server refuses.
   * @throws {AssertionError} If it does not reply.
   * @throws {TypeError} If the server is not in this program.
   */
  subscribeAndJoin(topic: string, params?: unknown): Promise<TestChannel>;
  /** Joins a topic by a contract, and subscribes to its broadcasts. */
  subscribeAndJoin<C extends Contract>(
    contract: C,
    topic: string,
    params?: SentParams<C>,
  ): Promise<ContractTestChannel<C>>;
  async subscribeAndJoin(...args: JoinArguments): Promise<Joined> {
    if (!this.#pubsub) throw new TypeError("Cannot subscribe: the server is not in this program");
    const join = joinOf(args);
    const { topic } = join;
    if (!this.#listeners.has(topic)) this.#listeners.set(topic, listen(this.#pubsub, topic, this.#inbox.topic(topic)));
    return await this.#join(join);
  }

  async #join({ contract, topic, params = {} }: Join): Promise<Joined> {
    const log = this.#inbox.topic(topic);
    const ref = this.#nextRef();
    this.#send({ joinRef: ref, ref, topic, event: PHX_JOIN, payload: params });
    const reply = await log.replies.expect(`an answer to the join of "${topic}"`, (reply) => reply.ref === ref);
    if (reply.status !== "ok") throw new JoinRefusedError(topic, reply.response);
    const channel = new TestChannel(topic, reply, log, {
      send: (message) => this.#sendNext(message),
      broadcastFrom: this.#pubsub && this.#broadcastFrom(this.#pubsub, topic),
    });
    if (!contract) return channel;
    return new ContractTestChannel(
      contract,
      channel,
      await valid("reply to the join", contract.join?.reply, reply.response),
    );
  }

  /** Sends a message unchanged, even one that a correct client would never send. Returns its ref. */
  send(message: Partial<OutgoingMessage> & Pick<OutgoingMessage, "topic" | "event">): string {
    return this.#sendNext({ joinRef: null, payload: {}, ...message });
  }

  /** Sends a frame unchanged. */
  sendFrame(frame: Frame): void {
    this.#wire.send(frame);
  }

  /** Sends a heartbeat and asserts that the reply comes. @throws {AssertionError} If it does not come. */
  async heartbeat(): Promise<void> {
    const ref = this.send({ topic: PHOENIX_TOPIC, event: HEARTBEAT });
    await this.#inbox.topic(PHOENIX_TOPIC).replies.expect("an answer to the heartbeat", (reply) => reply.ref === ref);
  }

  /**
   * Sends the server a new token, for `Socket.refresh`.
   *
   * @param payload The payload that `Socket.refresh` gets.
   * @returns The reply: its status and response.
   * @throws {AssertionError} If it does not come.
   */
  async refresh(payload: unknown): Promise<ReplyReceived> {
    const ref = this.send({ topic: PHOENIX_TOPIC, event: REFRESH, payload });
    const { replies } = this.#inbox.topic(PHOENIX_TOPIC);
    return await replies.expect("an answer to the refresh", (reply) => reply.ref === ref);
  }

  /**
   * Asserts that the client receives an event of any topic, including topics that it never joined.
   *
   * @param topic The topic.
   * @param event The name of the event.
   * @param payload The pattern that the payload must match.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertMessage(topic: string, event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#inbox.topic(topic).pushes, `message to "${topic}"`, event, payload);
  }

  /**
   * Asserts that the server closes the connection.
   *
   * @param code The close code.
   * @returns The close code and text.
   * @throws {AssertionError} If it is not.
   */
  async assertClosed(code: number): Promise<Closed> {
    return await this.#inbox.ends.expect(`the connection to be closed with ${code}`, (end) => end.code === code);
  }

  /** Asserts that the connection stays open. @throws {AssertionError} If the server closes it. */
  async refuteClosed(): Promise<void> {
    await this.#inbox.ends.refute("end of the connection", () => true);
  }

  /** Closes the connection: the server sees it end. */
  async close(): Promise<void> {
    for (const listener of this.#listeners.values()) listener.exit("shutdown");
    await this.#wire.close();
    this.#onClosed();
  }

  /** The same as {@linkcode TestClient.prototype.close | close}. */
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

type JoinArguments =
  | readonly [topic: string, params?: unknown]
  | readonly [contract: Contract, topic: string, params?: unknown];

type Joined = TestChannel | ContractTestChannel<Contract>;

/** A join, with its contract if there is one. */
interface Join {
  readonly contract?: Contract;
  readonly topic: string;
  readonly params?: unknown;
}

function joinOf(args: JoinArguments): Join {
  if (typeof args[0] === "string") return { topic: args[0], params: args[1] };
  const [contract, topic, params] = args as readonly [contract: Contract, topic: string, params?: unknown];
  return { contract, topic, params };
}

/** Records the broadcasts of a topic, as another process receives them. */
function listen(pubsub: PubSub, topic: string, log: TopicLog): Pid {
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { event, payload } of mailbox) log.broadcasts.add({ event, payload });
  }, { label: `listener to ${JSON.stringify(topic)}` });
  pubsub.subscribe(topic, listener);
  return listener;
}
