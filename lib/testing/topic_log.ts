/**
 * The messages that a test client has received of one topic.
 *
 * @module
 */

import { describeExit } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { PHX_CLOSE, PHX_ERROR, PHX_JOIN } from "../protocol/events.ts";
import { isRequestRef } from "../protocol/request.ts";
import { MessageLog, type Patience, show } from "./_message_log.ts";
import { matchesPattern, type Pattern } from "./pattern.ts";

/** The reply to a push. */
export interface ReplyReceived {
  /** The ref of the push. */
  readonly ref: string;
  /** The status, such as `"ok"`. */
  readonly status: string;
  /** The server's response. */
  readonly response: unknown;
}

/** An event that was received. */
export interface EventReceived {
  /** The name of the event. */
  readonly event: string;
  /** The payload of the event. */
  readonly payload: unknown;
  /** The `ref` of its frame: the reference of a request, or the position of a broadcast. */
  readonly ref?: string | null;
}

/** What a topic's log needs to know about the channel and the connection. */
export interface TopicContext {
  /** Returns the process of the topic's channel, if the server is in this program. */
  readonly channel: () => Process | undefined;
  /** Describes how the connection ended, if it has. */
  readonly ends: () => readonly string[];
}

/** The messages received of one topic, by kind. */
export class TopicLog {
  /** Replies to pushes. */
  readonly replies: MessageLog<ReplyReceived>;
  /** Events for the client, pushed or broadcast. */
  readonly pushes: MessageLog<EventReceived>;
  /** Events broadcast to all members, as the server's PubSub delivered them. */
  readonly broadcasts: MessageLog<EventReceived>;
  readonly #context: TopicContext;
  /** The events that were pushed, by ref. */
  readonly #sent = new Map<string, string>();
  #channel: Process | undefined;
  #end: EventReceived | undefined;

  /** Creates an empty log. */
  constructor(patience: Patience, context: TopicContext) {
    this.#context = context;
    const ends = () => this.#endsInWords();
    this.replies = new MessageLog(patience, {
      describe: ({ ref, status, response }) => `reply "${status}" to ${this.pushInWords(ref)} with ${show(response)}`,
      others: () => this.pushes.restInWords,
      ends,
    });
    this.pushes = new MessageLog(patience, {
      describe: ({ event, payload }) => `push ${words(event, payload)}`,
      others: () => this.replies.restInWords,
      ends,
    });
    this.broadcasts = new MessageLog(patience, {
      describe: ({ event, payload }) => `broadcast ${words(event, payload)}`,
      others: () => [...this.pushes.restInWords, ...this.replies.restInWords],
      ends,
    });
  }

  /** Records a push of the client, to name it when its reply comes. */
  noteSent(ref: string, event: string): void {
    this.#sent.set(ref, event);
  }

  /** Records a reply. */
  addReply(reply: ReplyReceived): void {
    if (this.#sent.get(reply.ref) === PHX_JOIN && reply.status === "ok") {
      this.#channel = this.#context.channel();
      this.#end = undefined;
    }
    this.replies.add(reply);
  }

  /** Records an event. */
  addPush(push: EventReceived): void {
    if (push.event === PHX_ERROR || push.event === PHX_CLOSE) this.#end = push;
    this.pushes.add(push);
  }

  /** Describes a push, by its ref. */
  pushInWords(ref: string): string {
    const event = this.#sent.get(ref);
    return event === undefined ? `push ${ref}` : `push ${ref} "${event}"`;
  }

  #endsInWords(): readonly string[] {
    const ends: string[] = [];
    if (this.#end) ends.push(`the client got ${words(this.#end.event, this.#end.payload)}`);
    if (this.#channel?.alive === false) ends.push(`its reason is ${describeExit(this.#channel.exitReason)}`);
    return [...ends.length > 0 ? [`The channel has ended: ${ends.join(", ")}.`] : [], ...this.#context.ends()];
  }
}

/** Matches everything. */
export const ANYTHING: Pattern = function anything() {
  return true;
};

/** Removes an expected event from a log and returns its payload. @throws {AssertionError} If it does not come. */
export async function expectEvent(
  log: MessageLog<EventReceived>,
  kind: string,
  event: string,
  payload: Pattern,
): Promise<unknown> {
  const found = await log.expect(`a ${kind} ${words(event, payload)}`, (message) => fits(message, event, payload));
  return found.payload;
}

/** Removes an expected request from a log and returns it. @throws {AssertionError} If it does not come. */
export async function expectRequest(
  log: MessageLog<EventReceived>,
  event: string,
  payload: Pattern,
): Promise<{ readonly ref: string; readonly payload: unknown }> {
  const found = await log.expect(
    `a request ${words(event, payload)}`,
    (message) => isRequestRef(message.ref) && fits(message, event, payload),
  );
  return { ref: found.ref as string, payload: found.payload };
}

/** Asserts that an event does not come. @throws {AssertionError} If it does. */
export async function refuteEvent(
  log: MessageLog<EventReceived>,
  kind: string,
  event: string,
  payload: Pattern,
): Promise<void> {
  await log.refute(`${kind} ${words(event, payload)}`, (message) => fits(message, event, payload));
}

/** Describes the pattern of a payload. */
export function withPattern(payload: unknown): string {
  return payload === ANYTHING ? "" : ` with ${show(payload)}`;
}

function words(event: string, payload: unknown): string {
  return `"${event}"${withPattern(payload)}`;
}

function fits(message: EventReceived, event: string, payload: Pattern): boolean {
  return message.event === event && matchesPattern(message.payload, payload);
}
