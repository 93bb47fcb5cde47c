/**
 * The entries of the processes of this node.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import type { Pid } from "../otp/process/pid.ts";
import { Diff } from "./_diff.ts";
import type { Entry } from "./_entry.ts";
import { AlreadyTrackedError, NotTrackedError } from "./errors.ts";
import { createMeta, type MetaUpdate, type PresenceMeta } from "./meta.ts";
import { Owners } from "./_owners.ts";
import type { TrackerState } from "./_tracker_state.ts";

/** Changes the entries of this node in a tracker's state, and reports the changes. */
export class LocalTracking<M extends object> {
  readonly #state: TrackerState<PresenceMeta<M>>;
  readonly #report: (diff: Diff<PresenceMeta<M>>) => void;
  readonly #owners = new Owners<PresenceMeta<M>>((entries) => this.#leave(entries));
  #hasEnded = false;

  /**
   * Creates the tracking of a node without entries.
   *
   * @param report Called with each change, in the turn in which it happens.
   */
  constructor(state: TrackerState<PresenceMeta<M>>, report: (diff: Diff<PresenceMeta<M>>) => void) {
    this.#state = state;
    this.#report = report;
  }

  /** Tracks `pid` as `key` in `topic`. */
  track(pid: Pid<never>, topic: string, key: string, meta: M): string {
    this.#assertGoesOn();
    assertTrackable(pid, topic, key);
    if (this.#owners.get(pid, topic, key)) throw new AlreadyTrackedError(topic, key);
    const entry = this.#state.join(topic, key, createMeta(topic, key, meta));
    this.#owners.set(pid, entry);
    this.#report(new Diff<PresenceMeta<M>>().join(entry));
    return entry.meta.phx_ref;
  }

  /** Replaces the meta of `pid` under `key` in `topic`. */
  update(pid: Pid<never>, topic: string, key: string, update: MetaUpdate<M>): string {
    this.#assertGoesOn();
    const before = this.#owners.get(pid, topic, key);
    if (!before) throw new NotTrackedError(topic, key);
    const given = typeof update === "function" ? update(before.meta) : update;
    const meta = createMeta(topic, key, given, before.meta);
    if (this.#owners.get(pid, topic, key) !== before) throw new NotTrackedError(topic, key); // the function untracked it
    this.#state.leave(before);
    const entry = this.#state.join(topic, key, meta);
    this.#owners.set(pid, entry);
    this.#report(new Diff<PresenceMeta<M>>().leave(before).join(entry));
    return entry.meta.phx_ref;
  }

  /** Stops tracking `pid` as `key` in `topic`. */
  untrack(pid: Pid<never>, topic: string, key: string): void {
    const entry = this.#owners.get(pid, topic, key);
    if (!entry) return;
    this.#owners.remove(pid, entry);
    this.#leave([entry]);
  }

  /** Stops tracking `pid`. */
  untrackAll(pid: Pid<never>): void {
    this.#leave(this.#owners.delete(pid));
  }

  /** Releases all processes because the tracker has ended. Untracking does nothing from now on. */
  end(): void {
    this.#hasEnded = true;
    this.#owners.clear();
  }

  #assertGoesOn(): void {
    if (this.#hasEnded) throw new TypeError("Cannot track: the tracker has ended");
  }

  #leave(entries: Iterable<Entry<PresenceMeta<M>>>): void {
    const diff = new Diff<PresenceMeta<M>>();
    for (const entry of entries) {
      this.#state.leave(entry);
      diff.leave(entry);
    }
    if (!diff.isEmpty) this.#report(diff);
  }
}

function assertTrackable(pid: Pid<never>, topic: string, key: string): void {
  const fault = typeof topic !== "string"
    ? `the topic must be a string, received ${typeof topic}`
    : typeof key !== "string"
    ? `the key must be a string, received ${typeof key}`
    : pid.alive
    ? undefined
    : "its process has ended";
  if (fault) throw new TypeError(`Cannot track ${quoted(key)} in ${quoted(topic)}: ${fault}`);
}
