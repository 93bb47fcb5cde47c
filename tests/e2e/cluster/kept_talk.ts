/**
 * A script that talks in topics with history, which the nodes of a cluster have declared.
 *
 * @module
 */

import { PubSub, useHistory } from "@urvogel/realtime";
import { publish } from "../../../lib/history/publish.ts";
import { parsePosition } from "../../../lib/history/position.ts";
import { adapterOf } from "../../fixtures/phoenix_app/adapter.ts";
import type { Ledger } from "../../support/history_chaos/ledger.ts";

/** What is said, and where. */
export interface TalkOptions {
  /** The URL of the engine. */
  readonly bus: string;
  readonly topics: readonly string[];
  /** How long it is silent after a message in each topic, in milliseconds. */
  readonly everyMs: number;
  /** Where it notes what was kept. */
  readonly ledger: Ledger;
}

/** How long it waits when a message could not be published, in milliseconds. */
const RETRY_MS = 50;

/** Somebody who says numbers until disposed of. */
export class KeptTalk implements AsyncDisposable {
  /** The position of the last message that was kept, by topic. */
  readonly last = new Map<string, string>();
  readonly #pubsub: PubSub;
  readonly #options: TalkOptions;
  #said = 0;
  #isOver = false;
  #talk: Promise<unknown> = Promise.resolve();

  /** Connects, and begins to talk. The nodes are there already. */
  static async start(options: TalkOptions): Promise<KeptTalk> {
    const pubsub = new PubSub({ adapter: await adapterOf(options.bus) });
    await pubsub.ready;
    await useHistory(pubsub);
    return new KeptTalk(pubsub, options);
  }

  private constructor(pubsub: PubSub, options: TalkOptions) {
    this.#pubsub = pubsub;
    this.#options = options;
    this.#talk = Promise.all(options.topics.map((topic) => this.#speak(topic)));
    this.#talk.catch(() => {}); // for `finish` to throw
  }

  /** Says nothing more, once the last message is kept. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#talk;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#talk.catch(() => {});
    await this.#pubsub.stop();
  }

  async #speak(topic: string): Promise<void> {
    while (!this.#isOver) {
      await this.#say(topic, ++this.#said);
      await pause(this.#options.everyMs);
    }
  }

  /** Says a number again, with the same key, as long as nobody knows whether it was kept. */
  async #say(topic: string, n: number): Promise<void> {
    for (;;) {
      try {
        const text = await publish(this.#pubsub, topic, "said", { n }, { key: `${n}` });
        const position = parsePosition(text);
        if (position) this.#options.ledger.confirm(topic, position, `${n}`);
        return void this.last.set(topic, text);
      } catch (error) { // the engine is away
        if (error instanceof TypeError) throw error;
        if (this.#isOver) return;
      }
      await pause(RETRY_MS);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
