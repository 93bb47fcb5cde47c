/**
 * The messages of all topics, in the thread that keeps them. Bodies are kept as they came: nothing is parsed here.
 *
 * @module
 */

import type { HistoryPage, Unnumbered } from "../../../history/engine.ts";
import { KeptTopics } from "../../../history/kept_topics.ts";
import { formatPosition, type Position } from "../../../history/position.ts";
import { type Numbers, packPage, type Request } from "./_messages.ts";
import type { Packed } from "./_packed.ts";

/** A request that adds a message. */
export type PublishRequest = Extract<Request, { readonly op: "publish" }>;

/** A message that was numbered. */
export interface Numbered {
  /** The topic. */
  readonly topic: string;
  /** Its numbers. */
  readonly numbers: Numbers;
  /** The message as it is kept. */
  readonly body: Uint8Array;
  /** The message itself, if this thread has published it. */
  readonly message: Unnumbered | undefined;
}

type Announce = (numbered: Numbered) => void;

/** Numbers and keeps. Each keeper has epochs of its own. */
export class Keeper {
  readonly #topics: KeptTopics;
  readonly #announce: Announce;
  #routes: string | undefined;

  /**
   * Creates a keeper that has nothing.
   *
   * @param maxTopics How many topics are kept.
   * @param announce Called with each message in the turn in which it is numbered.
   */
  constructor(maxTopics: number, announce: Announce) {
    this.#topics = new KeptTopics(maxTopics);
    this.#announce = announce;
  }

  /** What was declared last, as text. */
  get routes(): string | undefined {
    return this.#routes;
  }

  /**
   * Numbers, keeps and announces a message.
   *
   * @param message The message itself, if this thread publishes it: then its body need not be read to deliver it here.
   */
  publish({ topic, key, body, keep }: PublishRequest, message?: Unnumbered): Position {
    const added = this.#topics.add(topic, { event: "", payload: body, key }, keep);
    if ("previous" in added) this.#announce({ topic, numbers: added, body, message });
    return { epoch: added.epoch, offset: added.offset };
  }

  /** Returns a page whose payloads are bodies. */
  read({ topic, after, keep }: Extract<Request, { readonly op: "read" }>): HistoryPage {
    return this.#topics.read(topic, after, keep);
  }

  /** Executes a request, and returns its result as it is sent. */
  execute(request: Request): Packed {
    switch (request.op) {
      case "publish":
        return value(formatPosition(this.publish(request)));
      case "read":
        return packPage(this.read(request));
      case "delete":
        return value(this.#topics.delete(request.topic, request.position));
      case "clear":
        this.#topics.clear(request.topic);
        return value(null);
      case "declare":
        this.#routes = request.routes;
        return value(null);
      case "routes":
        return value(this.#routes ?? null);
    }
  }
}

function value(head: unknown): Packed {
  return { head, bodies: [] };
}
