/**
 * Views that are sent again and again, by server-sent events.
 *
 * @module
 */

import { attempt } from "../../base/attempt.ts";
import { Alarm } from "../../base/alarm.ts";
import { checkPositive } from "../../base/check_number.ts";
import { SeatLimit } from "../../limits/seat.ts";
import { limitHit } from "../../limits/telemetry.ts";
import type { Plain } from "./_plain.ts";

/** Shows the view once. With `undefined` its reader may see no more, and it ends. */
export type Show = () => Promise<Plain | undefined>;

/** The limits of live views, which a browser or a script opens and may forget. */
export interface LiveLimits {
  /**
   * How many views are live at once: each tab of a browser has one. A request for another one gets status 503. At
   * least 1.
   *
   * @default {50}
   */
  readonly maxLiveViews?: number | undefined;
  /**
   * A live view whose client reads nothing for so long is ended, in milliseconds. `Infinity` never ends one.
   *
   * @default {30_000}
   */
  readonly slowReaderTimeoutMs?: number | undefined;
}

/** What is sent live, how often, and to whom. */
export interface LiveView {
  /** Shows the view once. */
  readonly show: Show;
  /** How often. */
  readonly everyMs: number;
  /** The address of the client, for reports. */
  readonly address: string | undefined;
}

const ENCODER = new TextEncoder();

/** The live views of an inspector. */
export class LiveViews implements Disposable {
  readonly #seats: SeatLimit;
  readonly #slowReaderTimeoutMs: number;
  readonly #isOver: () => boolean;
  readonly #open = new Set<LiveStream>();

  /**
   * Creates it without live views.
   *
   * @param limits How many there may be, and how slow their clients.
   * @param isOver Whether nothing more will happen, so that all of them end.
   * @throws {RangeError} If a limit is out of range.
   */
  constructor({ maxLiveViews = 50, slowReaderTimeoutMs = 30_000 }: LiveLimits, isOver: () => boolean) {
    this.#seats = new SeatLimit("maxLiveViews", maxLiveViews);
    this.#slowReaderTimeoutMs = checkPositive("inspect", "slowReaderTimeoutMs", slowReaderTimeoutMs);
    this.#isOver = isOver;
  }

  /** The most that there may be. */
  get max(): number {
    return this.#seats.max;
  }

  /**
   * Creates a stream of server-sent events, until its reader goes. A reader that is slow gets fewer: nothing waits for
   * it. An error of the view is an event `failed`.
   *
   * @returns The body of a response; `undefined` if there are too many already.
   */
  open(view: LiveView): ReadableStream<Uint8Array> | undefined {
    const { max } = this.#seats;
    const seat = this.#seats.take("");
    if (!seat) {
      limitHit("maxLiveViews", { max, found: max + 1, address: view.address });
      return undefined;
    }
    const stream = new LiveStream(view, {
      slowReaderTimeoutMs: this.#slowReaderTimeoutMs,
      isOver: this.#isOver,
      onEnd: () => {
        seat.release();
        this.#open.delete(stream);
      },
    });
    this.#open.add(stream);
    return stream.body;
  }

  /** Ends all. */
  [Symbol.dispose](): void {
    for (const stream of this.#open) stream.close();
  }
}

interface StreamOptions {
  readonly slowReaderTimeoutMs: number;
  isOver(): boolean;
  onEnd(): void;
}

/** One live view. */
class LiveStream {
  /** The body of the response. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #view: LiveView;
  readonly #options: StreamOptions;
  readonly #next = new Alarm(() => void this.#send());
  readonly #unread = new Alarm(() => this.#cutOff());
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;

  constructor(view: LiveView, options: StreamOptions) {
    this.#view = view;
    this.#options = options;
    this.body = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#unread.clear(), // all that was sent is read
      cancel: () => this.#end(),
    });
    this.#next.set(0);
  }

  /** Ends it in order. */
  close(): void {
    this.#attempt(() => this.#controller.close());
    this.#end();
  }

  async #send(): Promise<void> {
    if (this.#options.isOver()) return this.close();
    if (this.#controller.desiredSize! > 0) {
      const text = await eventOf(this.#view.show);
      if (!this.#isOpen) return;
      if (text === undefined) return this.close();
      this.#unread.set(this.#options.slowReaderTimeoutMs);
      if (!this.#attempt(() => this.#controller.enqueue(ENCODER.encode(text)))) return this.#end();
    }
    this.#next.set(this.#view.everyMs);
  }

  /** Its response would keep its memory, and a place, as long as the connection lasts. */
  #cutOff(): void {
    const { slowReaderTimeoutMs } = this.#options;
    limitHit("slowReaderTimeoutMs", { max: slowReaderTimeoutMs, address: this.#view.address });
    this.#controller.error(new Error(`Cannot send live view: nothing was read for ${slowReaderTimeoutMs} ms`));
    this.#end();
  }

  /** Returns whether the stream still takes it: the one who serves it may have closed it, before it says so. */
  #attempt(write: () => void): boolean {
    let isTaken = true;
    attempt(write, () => isTaken = false);
    return isTaken;
  }

  #end(): void {
    this.#isOpen = false;
    this.#next.clear();
    this.#unread.clear();
    this.#options.onEnd();
  }
}

async function eventOf(show: Show): Promise<string | undefined> {
  try {
    const shown = await show();
    return shown === undefined ? undefined : `data: ${JSON.stringify(shown)}\n\n`;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : "the view failed";
    return `event: failed\ndata: ${JSON.stringify(message)}\n\n`;
  }
}
