/// <reference lib="dom" />
/**
 * What was typed and has not come back from its room: it is shown at once, and nothing of it is lost without a word.
 *
 * @module
 */

import type { TypedChannel } from "@urvogel/realtime/client";
import type { Person, room } from "../contract.ts";
import { button, create } from "./dom.ts";
import { type Feed, messageElement } from "./feed.ts";

type Room = TypedChannel<typeof room>;

interface Unsent {
  readonly tag: string;
  readonly text: string;
  readonly room: string;
  readonly element: HTMLElement;
  /** The last time that it was sent. What becomes of earlier ones does not count. */
  attempt: number;
  /** Whether it was given to the room, which has not answered. */
  isUnderWay: boolean;
}

/** The messages that are not sent. They outlive a change of room, and wait while there is no connection. */
export class Outbox {
  readonly #feed: Feed;
  readonly #warn: (text: string) => void;
  readonly #unsent = new Map<string, Unsent>();
  #room = "";
  #channel: Room | undefined;

  /** Begins empty. `warn` is called with what is wrong with a message that is out of sight. */
  constructor(feed: Feed, warn: (text: string) => void) {
    this.#feed = feed;
    this.#warn = warn;
  }

  /** Goes to a room. Returns the elements of what waits there. */
  enter(room: string): HTMLElement[] {
    this.#room = room;
    this.#channel = undefined;
    const left = [...this.#unsent.values()].find((message) => message.room !== room && !message.isUnderWay);
    if (left) this.#warnOf(left);
    return this.#waiting().map(({ element }) => element);
  }

  /** Sends what waits: the room has been entered, for the first time or again. */
  flush(channel: Room): void {
    this.#channel = channel;
    for (const message of this.#waiting()) if (message.element.matches(".pending")) this.#push(message);
  }

  /** Shows a message, and sends it as soon as there is a connection. */
  send(from: Person, text: string): void {
    const at = Date.now();
    const tag = `${at}-${Math.random()}`;
    const element = messageElement({ from, text, at }, true);
    element.classList.add("pending");
    element.dataset.unsent = ""; // below all that has been said
    const message = { tag, text, room: this.#room, element, attempt: 0, isUnderWay: false };
    this.#unsent.set(tag, message);
    this.#feed.insert(element);
    this.#feed.toEnd();
    this.#push(message);
  }

  /** Whether the room has a message. Its own copy takes the place of the one that was not sent. */
  said(tag: string): void {
    const message = this.#unsent.get(tag);
    if (message) this.#drop(message);
  }

  #waiting(): Unsent[] {
    return [...this.#unsent.values()].filter(({ room }) => room === this.#room);
  }

  #drop({ tag, element }: Unsent): void {
    this.#unsent.delete(tag);
    this.#feed.remove(element);
  }

  #warnOf({ room }: Unsent): void {
    this.#warn(`A message in # ${room} was not sent. It waits there.`);
  }

  /** phoenix.js gives up what it holds back for too long, so nothing is given to it before the channel is joined. */
  #push(message: Unsent): void {
    const channel = this.#channel;
    if (channel?.state !== "joined") return;
    const { text, tag, room } = message;
    const attempt = ++message.attempt;
    message.isUnderWay = true;
    const ifLast = (then: () => void) => () => this.#unsent.has(tag) && message.attempt === attempt && then();
    channel.push("say", { text, tag })
      .receive("ok", ifLast(() => room !== this.#room && this.#drop(message)))
      .receive("error", (response) => ifLast(() => this.#fail(message, reasonOf(response)))())
      .receive(
        "timeout",
        ifLast(() => {
          // Cut off meanwhile: it is sent again when the room has been entered again.
          if (room !== this.#room || channel.state === "joined") this.#fail(message, "no answer");
        }),
      );
  }

  /** Says that a message was not sent, and lets its writer decide. */
  #fail(message: Unsent, reason: string): void {
    const { element, room } = message;
    message.isUnderWay = false;
    if (!element.classList.replace("pending", "failed")) return;
    const footer = create("footer", "", create("span", "", `Not sent: ${reason}`));
    const retry = () => {
      footer.remove();
      element.classList.replace("failed", "pending");
      this.#push(message);
    };
    footer.append(button("Send again", retry), button("Discard", () => this.#drop(message)));
    element.append(footer);
    if (room !== this.#room) this.#warnOf(message);
    else element.scrollIntoView({ block: "nearest" });
  }
}

/** Why the server refused: in the words of the contract, or of the channel. */
export function reasonOf(response: unknown): string {
  const { reason, issues: [issue] = [] } = response as { reason?: string; issues?: { message: string }[] };
  return issue?.message ?? reason ?? "refused";
}
