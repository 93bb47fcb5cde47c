/**
 * One topic, as a test's client has joined it.
 *
 * @module
 */

import { PHX_LEAVE } from "../protocol/events.ts";
import type { OutgoingMessage } from "../protocol/server_frames.ts";
import { matchesPattern, type Pattern } from "./pattern.ts";
import { ANYTHING, expectEvent, refuteEvent, type ReplyReceived, type TopicLog, withPattern } from "./topic_log.ts";

/** What a channel needs of its client. */
export interface TestChannelContext {
  /** Sends, and answers the ref that the message got. */
  readonly send: (message: Omit<OutgoingMessage, "ref">) => string;
  /** Sends to all who hear the topic but the test itself; only where the server is in this program. */
  readonly broadcastFrom: ((event: string, payload: object) => void) | undefined;
}

/**
 * A joined topic: what `Phoenix.ChannelTest` calls the socket of a channel.
 *
 * Each message is expected once: an assertion takes the oldest that fits. What an assertion waits for: a server in this
 * program has nothing left to do, or, over a network, a second has gone.
 */
export class TestChannel {
  /** The topic. */
  readonly topic: string;
  /** What the server answered to the join. */
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
   * @param event What happened.
   * @param payload Any JSON value, or bytes.
   * @returns The ref of this push, for {@linkcode assertReply}.
   */
  push(event: string, payload: unknown = {}): string {
    return this.#context.send({ joinRef: this.#joinRef, topic: this.topic, event, payload });
  }

  /** Leaves the topic. Returns the ref, for {@linkcode assertReply}. */
  leave(): string {
    return this.push(PHX_LEAVE);
  }

  /**
   * Sends an event to all members of the topic, this client too, as somebody else in the program would. It is no
   * broadcast that `assertBroadcast` finds: that is for what the server does.
   *
   * @throws {TypeError} If the server is not in this program.
   */
  broadcastFrom(event: string, payload: object): void {
    if (!this.#context.broadcastFrom) throw new TypeError("Cannot broadcast: the server is not in this program");
    this.#context.broadcastFrom(event, payload);
  }

  /**
   * Expects the answer to a push.
   *
   * @param ref What `push` returned.
   * @param status Such as `"ok"`.
   * @param response What the answer looks like.
   * @returns The answer.
   * @throws {AssertionError} If it does not come.
   */
  async assertReply(ref: string, status: string, response: Pattern = ANYTHING): Promise<unknown> {
    const what = `a reply "${status}" to ${this.#log.pushInWords(ref)}${withPattern(response)}`;
    const reply = await this.#log.replies.expect(what, (reply) => isReply(reply, ref, status, response));
    return reply.response;
  }

  /** Expects that a push is not answered like this. @throws {AssertionError} If it is. */
  async refuteReply(ref: string, status: string, response: Pattern = ANYTHING): Promise<void> {
    const what = `reply "${status}" to ${this.#log.pushInWords(ref)}${withPattern(response)}`;
    await this.#log.replies.refute(what, (reply) => isReply(reply, ref, status, response));
  }

  /**
   * Expects an event for the client, pushed or broadcast.
   *
   * @param event What happened.
   * @param payload What it looks like.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertPush(event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#log.pushes, "push", event, payload);
  }

  /** Expects that the client does not get such an event. @throws {AssertionError} If it does. */
  async refutePush(event: string, payload: Pattern = ANYTHING): Promise<void> {
    await refuteEvent(this.#log.pushes, "push", event, payload);
  }

  /**
   * Expects a broadcast to the topic. Only for a channel that was joined with `subscribeAndJoin`.
   *
   * @param event What happened.
   * @param payload What it looks like.
   * @returns The payload.
   * @throws {AssertionError} If it does not come.
   */
  async assertBroadcast(event: string, payload: Pattern = ANYTHING): Promise<unknown> {
    return await expectEvent(this.#log.broadcasts, "broadcast", event, payload);
  }

  /** Expects that there is no such broadcast. @throws {AssertionError} If there is. */
  async refuteBroadcast(event: string, payload: Pattern = ANYTHING): Promise<void> {
    await refuteEvent(this.#log.broadcasts, "broadcast", event, payload);
  }
}

function isReply(reply: ReplyReceived, ref: string, status: string, response: Pattern): boolean {
  return reply.ref === ref && reply.status === status && matchesPattern(reply.response, response);
}
