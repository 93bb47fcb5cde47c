/// <reference lib="dom" />
/**
 * What was said in the room, and what happened in it: the list in the middle of the page.
 *
 * @module
 */

import type { Message, Person } from "../contract.ts";
import { $, create } from "./dom.ts";
import { withLinks } from "./links.ts";
import { hueOf, personName } from "./person_name.ts";

/** Messages of one person within this time are one group, with the name once. */
const GROUP_MS = 5 * 60_000;
/** So near to the end, the list stays there when something is added. */
const NEAR_PX = 80;

/** A line of the list that says what happened. It may change until somebody says something. */
export interface Line {
  /** Whether nothing was said since. */
  isLatest(): boolean;
  /** Changes what it says; if that is nothing, it is removed. */
  show(content: readonly (string | Person)[]): void;
}

/** The list of messages. */
export class Feed {
  readonly #list = $("messages");
  readonly #newest = $("newest");
  /** The positions of the messages that are shown. */
  readonly #shown = new Set<unknown>();
  #gap: Line | undefined;

  /** Finds the list in the page. */
  constructor() {
    this.#newest.addEventListener("click", () => this.toEnd());
    // A line appears under a message that waits.
    this.#list.addEventListener("animationend", () => this.#isAtEnd() && this.toEnd());
    this.#list.addEventListener("scroll", () => this.#isAtEnd() && (this.#newest.hidden = true));
  }

  /** Begins with a room, in which these messages are not sent. */
  clear(unsent: readonly HTMLElement[]): void {
    this.#shown.clear();
    this.#gap = undefined;
    this.#newest.hidden = true;
    this.#list.replaceChildren(...unsent);
    for (const element of unsent) regroup(element);
  }

  /** Shows what the room said, in the room's order. `position` is where it stands in that. */
  show(message: Message, position: unknown, isOwn: boolean): void {
    if (this.#shown.has(position)) return;
    this.#shown.add(position);
    this.insert(messageElement(message, isOwn));
  }

  /** Says that messages were missed: `count` of those that follow, and more if the room has lost some. */
  missed(count: number, isComplete: boolean): void {
    if (isComplete && count === 0) return;
    if (!this.#gap?.isLatest()) this.#gap = this.line();
    const messages = count === 1 ? "1 message" : `${count} messages`;
    this.#gap.show([isComplete ? `${messages} while you were away` : "You were away: messages may be missing here"]);
  }

  /** Adds a line, which is empty at first. */
  line(): Line {
    const element = create("li", "note");
    return {
      isLatest: () => element.isConnected && !saidAfter(element),
      show: (content) => {
        element.replaceChildren(...content.map((part) => typeof part === "string" ? part : personName(part)));
        if (content.length === 0) element.remove();
        else if (!element.isConnected) this.insert(element);
      },
    };
  }

  /** Adds an element before what is not sent, and stays at the end of the list if the reader is there. */
  insert(element: HTMLElement): void {
    const atEnd = this.#isAtEnd();
    const unsent = "unsent" in element.dataset ? null : this.#list.querySelector("[data-unsent]");
    this.#list.insertBefore(element, unsent);
    regroup(element);
    regroup(element.nextElementSibling);
    if (atEnd) this.toEnd();
    else if (element.matches(".message")) this.#newest.hidden = false;
  }

  /** Removes a message. */
  remove(element: HTMLElement): void {
    const next = element.nextElementSibling;
    element.remove();
    regroup(next);
  }

  /** Goes to the end of the list. */
  toEnd(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }
}

/** Creates the element of a message. One's own has no name: it is on the other side. */
export function messageElement(
  { from, text, at }: { readonly from: Person; readonly text: string; readonly at: number },
  isOwn: boolean,
): HTMLElement {
  const time = create("time", "", new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = new Date(at).toISOString();
  time.title = new Date(at).toLocaleString();
  const who = isOwn ? create("span", "hidden", "You") : personName(from);
  const body = create("p", "", ...withLinks(text));
  body.dir = "auto";
  const element = create("li", isOwn ? "message own" : "message", create("div", "head", who, time), body);
  element.style.setProperty("--hue", hueOf(from.id));
  Object.assign(element.dataset, { from: isOwn ? "me" : from.id, at });
  return element;
}

/** Joins a message to the one above it if both are of one person and of one time. */
function regroup(element: Element | null): void {
  const before = element?.previousElementSibling;
  if (!(element instanceof HTMLElement)) return;
  const isMore = before instanceof HTMLElement && before.dataset.from !== undefined &&
    before.dataset.from === element.dataset.from && Number(element.dataset.at) - Number(before.dataset.at) < GROUP_MS;
  element.classList.toggle("more", isMore);
}

/** Whether a message of the room comes after an element. */
function saidAfter(element: Element): boolean {
  for (let next = element.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches(".message:not([data-unsent])")) return true;
  }
  return false;
}
