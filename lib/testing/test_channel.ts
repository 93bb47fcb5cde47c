/**
 * A topic that a test client has joined.
 *
 * @module
 */

import { PHX_LEAVE } from "../protocol/events.ts";
import type { OutgoingMessage } from "../protocol/server_frames.ts";
import { matchesPattern, type Pattern } from "./pattern.ts";
import { ReceivedRequest } from "./received_request.ts";
import {
  ANYTHING,
  expectEvent,
  expectRequest,
  refuteEvent,
  type ReplyReceived,
  type TopicLog,
  withPattern,
} from "./topic_log.ts";

/** What a test channel needs from its client. */
export interface TestChannelContext {
  /** Sends a message and returns its ref. */
  readonly send: (message: Omit<OutgoingMessage, "ref">) => string;
  /** Sends an event to all subscribers of the topic except the test itself; only if the server is in this program. */
  readonly broadcastFrom: ((event: string, payload: object) => void) | undefined;
}

/**
 * A topic that a test client has joined, with assertions about its messages. `Phoenix.ChannelTest` calls it the socket
 * of a channel.
 *
 * Each message can be expected once: an assertion removes the oldest one that matches. An assertion waits until a
 * server in this program is idle or, over a network, for one second (`timeoutMs`).
 */
export class TestChannel {
  /** The topic. */
  readonly topic: string;
  /** The server's reply to the join. */
  readonly joinReply: unknown;
  readonly #joinRef: string;
  readonly #log: TopicLog;
  readonly #context: TestChannelContext;

  /** Created when a client has joined. */
  constructor(topic: string, join: ReplyReceived, log: TopicLog, context: TestChannelContext) {
    this.topic = topic;
    this.joinReply = join.response;
    this.#joinRef = join.ref;
    this.#log = log;
    this.#context = context;
  }

  /**
   * Sends an event to the channel.
   *
   * @param event The name of the event.
   * @param payload Any JSON value, or bytes.
   * @returns The ref of this push, for {@linkcode TestChannel.prototype.assertReply | assertReply}.
   */
  push(event: string, payload: unknown = {}): string {
    return this.#context.send({ joinRef: this.#joinRef, topic: this.topic, event, payload });
  }

  /** Leaves the topic. Returns the ref, for {@linkcode TestChannel.prototype.assertReply | assertReply}. */
  leave(): string {
    return this.push(PHX_LEAVE);
  }

  /**
   * Sends an event to all members of the topic, including this client, as other code in the program would.
   * `assertBroadcast` does not find it: that finds broadcasts of the server only.
   *
   * @throws {TypeError} If the server is not in this program.
   */
  broadcastFrom(event: string, payload: object): void {
    if (!this.#context.broadcastFrom) throw new TypeError("Cannot broadcast: the server is not in this program");
    this.#context.broadcastFrom(event, payload);
  }

  /**
   * Asserts that a push gets a reply.
   *
   * @param ref What `push` returned.
   * @param status The status, such as `"ok"`.
   * @param response The pattern that the response must match.
   * @returns The response.
   * @throws {AssertionError} If it does not come.
   */
  async assertReply(ref: string, status: string, response: Pattern = ANYTHING): Promise<unknown> {
    const what = `a reply "${status}" to ${this.#log.pushInWords(ref)}${withPattern(response)}`;
    const reply = await this.#log.replies.expect(what, (reply) => isReply(reply, ref, status, response));
    return reply.response;
  }

  /** Asserts that a push gets no such reply. @throws {AssertionError} If it does. */
  async refuteReply(ref: string, status: string, response: Pattern = ANYTHING): Promise<void> {
    const what = `reply "${status}" to ${this.#log.pushInWords(ref)}${withPattern(response)}`;
    await this.#log.replies.refute(what, (reply) => isReply(reply, ref, status, response));
  }

  /**
   * Asserts that the client receives an event, pushed or broadcast.
   *
   * @param event The name of the event.
   * @param payload The pattern that the payload must match.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertPush(event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#log.pushes, "push", event, payload);
  }

  /**
   * Asserts that the server sends the client a request, as `ChannelSocket.request` and `Endpoint.requestAll` do.
   *
   * @param event The name of the event.
   * @param payload The pattern that the payload must match.
   * @returns The request, to be answered.
   * @throws {AssertionError} If it does not come.
   */
  async assertRequest(event: string, payload: Pattern = ANYTHING): Promise<ReceivedRequest> {
    const { ref, payload: found } = await expectRequest(this.#log.pushes, event, payload);
    return new ReceivedRequest(ref, found, (event, payload) => this.push(event, payload));
  }

  /** Asserts that the client does not receive such an event. @throws {AssertionError} If it does. */
  async refutePush(event: string, payload: Pattern = ANYTHING): Promise<void> {
    await refuteEvent(this.#log.pushes, "push", event, payload);
  }

  /**
   * Asserts that an event is broadcast to the topic. Only for a channel that was joined with `subscribeAndJoin`.
   *
   * @param event The name of the event.
   * @param payload The pattern that the payload must match.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertBroadcast(event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#log.broadcasts, "broadcast", event, payload);
  }

  /** Asserts that there is no such broadcast. @throws {AssertionError} If there is. */
  async refuteBroadcast(event: string, payload: Pattern = ANYTHING): Promise<void> {
    await refuteEvent(this.#log.broadcasts, "broadcast", event, payload);
  }
}

function isReply(reply: ReplyReceived, ref: string, status: string, response: Pattern): boolean {
  return reply.ref === ref && reply.status === status && matchesPattern(reply.response, response);
}
