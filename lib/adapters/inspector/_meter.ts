/**
 * Measures an endpoint each second, while somebody looks. What waits for processes and clients is read less often if
 * there are many of them.
 *
 * @module
 */

import { crashCount, limitsHit, type Overview } from "../../endpoint/debug.ts";
import { type Backlog, backlogOf, overviewOf } from "../../endpoint/debug/overview_of.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { Process } from "../../otp/process/process.ts";
import { LoopDelay } from "../metrics/_loop_delay.ts";
import { type Attention, attentionOf, blockedMs, type NodeTrouble } from "./_attention.ts";
import { Pace } from "./_pace.ts";
import { Suspects } from "./_suspects.ts";
import { traffic, type TrafficCounts } from "../../transport/traffic.ts";

/** The numbers of one second. Counts are those of this second; what waits may have been read some seconds before. */
export interface Sample {
  /** When it was taken, in milliseconds since 1970. */
  readonly time: number;
  /** Open connections. */
  readonly connections: number;
  /** Joined topics of all clients. */
  readonly channels: number;
  /** Different topics. */
  readonly topics: number;
  /** Frames from clients. */
  readonly received: number;
  /** Their size in bytes. */
  readonly receivedBytes: number;
  /** Frames to clients. */
  readonly sent: number;
  /** Their size in bytes. */
  readonly sentBytes: number;
  /** How much later than planned a timer was called, at worst, in milliseconds: the time the thread was busy. */
  readonly loopDelayMs: number;
  /** The size of the program in memory, in bytes. */
  readonly memoryBytes: number;
  /** The size of JavaScript's heap in use, in bytes. */
  readonly heapBytes: number;
  /** Messages in all mailboxes. */
  readonly mailboxBacklog: number;
  /** Bytes that clients have not read yet. */
  readonly bytesWaiting: number;
  /** How often clients have reached a limit. */
  readonly limits: number;
  /** Crashes. */
  readonly crashes: number;
}

/** The counters that only grow. */
interface Counters extends TrafficCounts {
  readonly limits: number;
  readonly crashes: number;
}

/** How many samples are kept: five minutes. */
const KEPT_SAMPLES = 300;
/** How many samples say whether the thread is blocked. */
const RECENT_SAMPLES = 10;
const SAMPLE_MS = 1_000;

/** Takes the samples. */
export class Meter implements Disposable {
  readonly #endpoint: Endpoint;
  readonly #samples: Sample[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #delay = new LoopDelay();
  readonly #suspects = new Suspects();
  #before: Counters = counters();
  readonly #pace = new Pace(SAMPLE_MS);
  #backlog!: Backlog;
  #overview!: Overview;
  #attention!: Attention;

  /** Begins to measure. */
  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#samples.push(this.#sample());
    this.#timer = setInterval(() => this.#add(), SAMPLE_MS);
  }

  /** The samples of the last minutes, oldest first, that were taken later than `time`. */
  since(time: number): readonly Sample[] {
    return this.#samples.filter((sample) => sample.time > time);
  }

  /** The numbers of the latest second, which several views share. */
  get overview(): Overview {
    return this.#overview;
  }

  /** What needed attention when it was read last. */
  get attention(): Attention {
    return this.#attention;
  }

  /** What is wrong with the node. */
  get trouble(): NodeTrouble {
    const delaysMs = this.#samples.slice(-RECENT_SAMPLES).map(({ loopDelayMs }) => loopDelayMs);
    return { isBusDown: this.#overview.bus === "down", blockedMs: blockedMs(delaysMs) };
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#suspects[Symbol.dispose]();
    this.#delay[Symbol.dispose]();
    clearInterval(this.#timer);
  }

  #add(): void {
    this.#samples.push(this.#sample());
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
  }

  #sample(): Sample {
    this.#pace.turn(() => this.#readAll());
    this.#overview = overviewOf(this.#endpoint, this.#backlog);
    const { connections, channels, topics, mailboxBacklog, bytesWaiting } = this.#overview;
    const { rss, heapUsed } = Deno.memoryUsage();
    const now = counters();
    const before = this.#before;
    this.#before = now;
    return {
      time: Date.now(),
      connections: connections.reduce((sum, { count }) => sum + count, 0),
      channels,
      topics,
      received: now.received - before.received,
      receivedBytes: now.receivedBytes - before.receivedBytes,
      sent: now.sent - before.sent,
      sentBytes: now.sentBytes - before.sentBytes,
      loopDelayMs: Math.round(this.#delay.take() * 10) / 10,
      memoryBytes: rss,
      heapBytes: heapUsed,
      mailboxBacklog,
      bytesWaiting,
      limits: now.limits - before.limits,
      crashes: now.crashes - before.crashes,
    };
  }

  /** Reads all connections and processes. */
  #readAll(): void {
    const { busy } = Process; // only once
    this.#suspects.look(busy);
    this.#backlog = backlogOf(this.#endpoint, busy);
    this.#attention = attentionOf(this.#endpoint, this.#backlog, busy);
  }
}

function counters(): Counters {
  const { received, receivedBytes, sent, sentBytes } = traffic;
  const limits = limitsHit().reduce((sum, { count }) => sum + count, 0);
  return { received, receivedBytes, sent, sentBytes, limits, crashes: crashCount() };
}
