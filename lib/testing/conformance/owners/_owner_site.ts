/**
 * Where one case of the conformance suite for owner engines runs.
 *
 * @module
 */

import { monotonicMs } from "../../../base/clock.ts";
import { pause } from "../../../base/pause.ts";
import { LiveSession } from "../../../cluster/live_session.ts";
import type { OwnerEngine, OwnerSession } from "../../../cluster/owner_engine.ts";
import type { ConformanceEngine } from "../bus.ts";
import { lacks, Patience } from "../_patience.ts";
import type { OwnerConformanceBus, OwnerConformanceNode } from "./owner_bus.ts";
import type { OwnerConformanceNumbers } from "./owner_numbers.ts";
import { SILENT_NODE } from "../_silent_node.ts";

/** A session that is renewed as the library does, and notes its end. */
export interface RenewedSession {
  /** The session itself. */
  readonly session: OwnerSession;
  /** The session, through which keys are claimed. */
  readonly live: LiveSession;
  /** Why the library gave it up, if it did. */
  readonly lost: readonly Error[];
}

/** A bus and its nodes. */
export class OwnerSite extends Patience<Required<OwnerConformanceNumbers>> {
  readonly #bus: OwnerConformanceBus;
  readonly #nodes: OwnerConformanceNode[] = [];
  readonly #sessions: { close(): Promise<void> }[] = [];
  #wasLate = false;

  /** Creates a site without nodes. */
  constructor(bus: OwnerConformanceBus, numbers: Required<OwnerConformanceNumbers>) {
    super(numbers);
    this.#bus = bus;
  }

  /** Whether a session was not renewed in time that the engine still had: the engine or this machine was too slow. */
  get wasLate(): boolean {
    return this.#wasLate;
  }

  /** The engine that all nodes share. */
  get engine(): ConformanceEngine {
    if (!this.#bus.engine) throw lacks("engine");
    return this.#bus.engine;
  }

  /** Starts a node. */
  async node(): Promise<OwnerEngine> {
    const node = this.#bus.createNode();
    this.#nodes.push(node);
    await this.soon(node.start?.(SILENT_NODE), "start() resolves while the engine is there");
    return node.owners;
  }

  /** Opens a session that nobody renews. */
  async session(engine: OwnerEngine, name: string): Promise<OwnerSession> {
    const session = await this.soon(engine.open(name, this.numbers.ttlMs), "open() resolves");
    this.#sessions.push(session);
    return session;
  }

  /** Opens a session and renews it. Tries again while the engine is not back. */
  async renewed(engine: OwnerEngine, name: string): Promise<RenewedSession> {
    const { ttlMs, backMs } = this.numbers;
    let session: OwnerSession | undefined;
    let openedAtMs = 0;
    await this.until(
      async () => {
        openedAtMs = monotonicMs();
        session = await engine.open(name, ttlMs).catch(() => pause(20).then(() => undefined));
        return session !== undefined;
      },
      "open() resolves",
      this.numbers.patienceMs + backMs,
    );
    const lost: Error[] = [];
    let hasEnded = false;
    const noting = notingEnd(session!, () => hasEnded = true);
    const live = new LiveSession(noting, ttlMs, openedAtMs, (error) => {
      this.#wasLate ||= !hasEnded;
      lost.push(error);
    });
    this.#sessions.push(live);
    return { session: session!, live, lost };
  }

  /** Waits until a session that nobody renews has ended. */
  async expire(): Promise<void> {
    await pause(this.numbers.ttlMs * 1.2 + 50);
  }

  /** Ends all sessions, stops all nodes and closes the bus, even if some fail to. */
  async close(): Promise<void> {
    const closes = this.#sessions.map((session) => () => session.close());
    const stops = this.#nodes.map((node) => () => node.stop?.());
    await this.endAll([...closes, ...stops, () => this.#bus.close?.()], "close() and stop() resolve");
  }
}

/** The same session. Calls `ended` when the engine replies that it has ended. */
function notingEnd(session: OwnerSession, ended: () => void): OwnerSession {
  return {
    renew: async () => {
      const exists = await session.renew();
      if (!exists) ended();
      return exists;
    },
    claim: (key) => session.claim(key),
    ownerOf: (key) => session.ownerOf(key),
    release: (key, token) => session.release(key, token),
    close: () => session.close(),
  };
}
