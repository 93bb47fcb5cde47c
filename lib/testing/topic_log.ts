/**
 * What a client has heard of one topic.
 *
 * @module
 */

import { describeExit } from "../otp/process/exit_reason.ts";
import type { Process } from "../otp/process/process.ts";
import { PHX_CLOSE, PHX_ERROR, PHX_JOIN } from "../protocol/events.ts";
import { MessageLog, type Patience, show } from "./_message_log.ts";
import { matchesPattern, type Pattern } from "./pattern.ts";

/** The answer to a push. */
export interface ReplyReceived {
  /** The push that is answered. */
  readonly ref: string;
  /** Such as `"ok"`. */
  readonly status: string;
  /** What the server answered. */
  readonly response: unknown;
}

/** Something that happened. */
export interface EventReceived {
  /** What. */
  readonly event: string;
  /** More about it. */
  readonly payload: unknown;
}

/** What surrounds a topic. */
export interface TopicContext {
  /** Finds the process of the topic's channel, where the server is in this program. */
  readonly channel: () => Process | undefined;
  /** How the connection ended, in words, if it has. */
  readonly ends: () => readonly string[];
}

/** What was heard of one topic, by kind. */
export class TopicLog {
  /** Answers. */
  readonly replies: MessageLog<ReplyReceived>;
  /** Events for the client, pushed or broadcast. */
  readonly pushes: MessageLog<EventReceived>;
  /** Events for all members, as the server's PubSub carried them. */
  readonly broadcasts: MessageLog<EventReceived>;
  readonly #context: TopicContext;
  /** What was pushed, by ref. */
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

  /** Notes what the client sends, to name it when it is answered. */
  noteSent(ref: string, event: string): void {
    this.#sent.set(ref, event);
  }

  /** Notes an answer. */
  addReply(reply: ReplyReceived): void {
    if (this.#sent.get(reply.ref) === PHX_JOIN && reply.status === "ok") {
      this.#channel = this.#context.channel();
      this.#end = undefined;
    }
    this.replies.add(reply);
  }

  /** Notes an event. */
  addPush(push: EventReceived): void {
    if (push.event === PHX_ERROR || push.event === PHX_CLOSE) this.#end = push;
    this.pushes.add(push);
  }

  /** A push in words, by its ref. */
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

/** Fits everything. */
export const ANYTHING: Pattern = function anything() {
  return true;
};

/** Takes an event out of a log. @throws {AssertionError} If it does not come. */
export async function expectEvent(
  log: MessageLog<EventReceived>,
  kind: string,
  event: string,
  payload: Pattern,
): Promise<unknown> {
  const found = await log.expect(`a ${kind} ${words(event, payload)}`, (message) => fits(message, event, payload));
  return found.payload;
}

/** Makes sure that an event does not come. @throws {AssertionError} If it does. */
export async function refuteEvent(
  log: MessageLog<EventReceived>,
  kind: string,
  event: string,
  payload: Pattern,
): Promise<void> {
  await log.refute(`${kind} ${words(event, payload)}`, (message) => fits(message, event, payload));
}

/** What a payload looks like, in words. */
export function withPattern(payload: unknown): string {
  return payload === ANYTHING ? "" : ` with ${show(payload)}`;
}

function words(event: string, payload: unknown): string {
  return `"${event}"${withPattern(payload)}`;
}

function fits(message: EventReceived, event: string, payload: Pattern): boolean {
  return message.event === event && matchesPattern(message.payload, payload);
}
