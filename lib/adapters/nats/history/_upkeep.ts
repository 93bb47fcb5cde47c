/**
 * Removes at NATS what need not be kept longer.
 *
 * NATS knows neither a limit of bytes for a topic nor an age at which messages go but the position stays. Pages leave out
 * what is too old or too much; the nodes that published it remove it a while later. If a node ends before, NATS
 * removes it a day after its time.
 *
 * @module
 */

import { Alarm } from "../../../base/alarm.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import { REMEMBERED_MS } from "./_stream_config.ts";
import type { LiveTopic } from "./_announcements.ts";

/** What the upkeep does at the engine. Both reject if it cannot be reached. */
export interface UpkeepActions {
  /** Removes the messages that are too old or too much. */
  trim(topic: string, keep: Retention): Promise<void>;
  /** Removes all messages of a topic if the last one is not beyond this position. The topic's own position stays. */
  settle(topic: string, keep: Retention, at: Position): Promise<void>;
  /** Makes sure that the position of a topic is not forgotten. */
  renew(topic: string, keep: Retention): Promise<void>;
}

/** What this node published to a topic. */
interface Duty extends LiveTopic {
  /** Since when it was not trimmed. */
  sinceMs: number;
  /** When it published last, and what. Of others nothing is removed: their clocks may differ. */
  lastMs: number;
  last: Position;
  bytes: number;
}

const SWEEP_MS = 5000;
const RENEW_MS = REMEMBERED_MS / 4;
/** More topics than this are left to NATS. */
const MAX_DUTIES = 100_000;
/** As many are looked after at once; the rest at the next sweep. */
const AT_ONCE = 500;

/** The upkeep of one node. */
export class Upkeep {
  readonly #actions: UpkeepActions;
  readonly #live: () => Iterable<LiveTopic>;
  readonly #duties = new Map<string, Duty>(); // the one that published least recently first
  readonly #alarm = new Alarm(() => void this.#sweep());
  #isSweeping = false;
  #isStopped = false;
  #renewedMs = Date.now();

  /** Creates an upkeep that does nothing until something is published. */
  constructor(actions: UpkeepActions, live: () => Iterable<LiveTopic>) {
    this.#actions = actions;
    this.#live = live;
  }

  /** Begins to sweep. */
  start(): void {
    this.#isStopped = false;
    this.#alarm.set(SWEEP_MS);
  }

  /** Pauses: NATS cannot be reached. What was published stays to be removed. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.clear();
  }

  /** Notes that this node has published. */
  published(topic: string, keep: Retention, at: Position, bytes: number): void {
    const nowMs = Date.now();
    const duty = this.#duties.get(topic) ?? { topic, keep, sinceMs: nowMs, lastMs: nowMs, last: at, bytes: 0 };
    duty.lastMs = nowMs;
    if (at.epoch !== duty.last.epoch || at.offset > duty.last.offset) duty.last = at;
    duty.bytes += bytes;
    this.#duties.delete(topic);
    this.#duties.set(topic, duty);
    if (duty.bytes > keep.maxBytes) void this.#trim(duty);
    else if (this.#duties.size > MAX_DUTIES) this.#forgetOldest();
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const nowMs = Date.now();
    for (const duty of [...this.#due(nowMs)]) {
      if (this.#isStopped) break;
      if (nowMs - duty.lastMs < duty.keep.maxAgeMs) await this.#trim(duty);
      else await this.#settle(duty);
    }
    if (nowMs - this.#renewedMs > RENEW_MS) await this.#renew(nowMs);
    this.#isSweeping = false;
    if (!this.#isStopped) this.#alarm.set(SWEEP_MS);
  }

  *#due(nowMs: number): Iterable<Duty> {
    let left = AT_ONCE;
    for (const duty of this.#duties.values()) {
      if (nowMs - duty.sinceMs >= duty.keep.maxAgeMs && left-- > 0) yield duty;
    }
  }

  async #trim(duty: Duty): Promise<void> {
    duty.bytes = 0;
    duty.sinceMs = Date.now();
    await this.#actions.trim(duty.topic, duty.keep).catch(() => {}); // at the next occasion
  }

  async #settle(duty: Duty): Promise<void> {
    const { topic, keep, last, lastMs } = duty;
    const isDone = await this.#actions.settle(topic, keep, last).then(() => true, () => false);
    if (isDone && duty.lastMs === lastMs) this.#duties.delete(duty.topic);
  }

  /** The position of a topic must not be forgotten while somebody is there. */
  async #renew(nowMs: number): Promise<void> {
    this.#renewedMs = nowMs;
    for (const { topic, keep } of [...this.#live()]) {
      if (this.#isStopped) return;
      await this.#actions.renew(topic, keep).catch(() => {}); // in six hours again, and it lasts for 24
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#duties.keys();
    if (oldest !== undefined) this.#duties.delete(oldest);
  }
}
