/**
 * What a client has heard of one topic.
 *
 * @module
 */

import { MessageLog, type Patience, show } from "./message_log.ts";
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

/** What was heard of one topic, by kind. */
export class TopicLog {
  /** Answers. */
  readonly replies: MessageLog<ReplyReceived>;
  /** Events for the client, pushed or broadcast. */
  readonly pushes: MessageLog<EventReceived>;
  /** Events for all members, as the server's PubSub carried them. */
  readonly broadcasts: MessageLog<EventReceived>;

  /** Creates an empty log. */
  constructor(patience: Patience) {
    this.replies = new MessageLog(patience);
    this.pushes = new MessageLog(patience);
    this.broadcasts = new MessageLog(patience);
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

function words(event: string, payload: Pattern): string {
  return `"${event}" with ${show(payload)}`;
}

function fits(message: EventReceived, event: string, payload: Pattern): boolean {
  return message.event === event && matchesPattern(message.payload, payload);
}
