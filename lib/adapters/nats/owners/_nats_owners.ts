/**
 * The owner engine on NATS.
 *
 * @module
 */

import type { OwnerEngine, OwnerSession } from "../../../cluster/owner_engine.ts";
import { BusDownError } from "../../../pubsub/errors.ts";
import { failureOf } from "../history/_failure.ts";
import { jetStreamOf } from "../_jet_stream.ts";
import type { Session } from "../_session.ts";
import { NatsOwnerSession } from "./_nats_owner_session.ts";
import { OwnerStreams } from "./_owner_streams.ts";

/** What the engine gets from its adapter. */
export interface NatsOwnersParts {
  readonly prefix: string;
  /** On how many servers of a cluster entries are kept. */
  readonly replicas: number;
}

/** Acts on the streams, and turns what fails into errors for callers. */
export type UseStreams = <T>(what: string, act: (streams: OwnerStreams) => Promise<T>) => Promise<T>;

/** Keeps owners with JetStream. Created by the adapter when somebody asks for it. */
export class NatsOwners implements OwnerEngine {
  readonly #parts: NatsOwnersParts;
  #session: Session | undefined;
  #streams: OwnerStreams | undefined;

  /** Creates an engine without a connection. */
  constructor(parts: NatsOwnersParts) {
    this.#parts = parts;
  }

  /** Uses a new connection. What was known of streams is forgotten: NATS may have lost them. */
  attach(session: Session): void {
    this.#session = session;
    this.#streams = new OwnerStreams(jetStreamOf(session), this.#parts.prefix, this.#parts.replicas);
  }

  /** Lets go of the connection. */
  detach(): void {
    this.#session = undefined;
    this.#streams = undefined;
  }

  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    const use: UseStreams = (what, act) => this.#use(what, act);
    return await NatsOwnerSession.open(node, Math.ceil(ttlMs), use);
  }

  async #use<T>(what: string, act: (streams: OwnerStreams) => Promise<T>): Promise<T> {
    const session = this.#session;
    if (!session?.isOpen || !this.#streams) throw new BusDownError(what);
    try {
      return await act(this.#streams);
    } catch (thrown) {
      throw failureOf(what, session, thrown);
    }
  }
}
