/**
 * How owners and their store reach JetStream, in whichever connection is open.
 *
 * @module
 */

import { BusDownError } from "../../../pubsub/errors.ts";
import { isStale } from "../_api_error.ts";
import { failureOf } from "../_failure.ts";
import { jetStreamOf } from "../_jet_stream.ts";
import type { Session } from "../_session.ts";
import { OwnerStreams } from "./_owner_streams.ts";

/** What the link gets from its adapter. */
export interface OwnerLinkParts {
  readonly prefix: string;
  /** On how many servers of a cluster entries are kept. */
  readonly replicas: number;
}

/** The link of one node. */
export class OwnerLink {
  readonly #parts: OwnerLinkParts;
  #session: Session | undefined;
  #streams: OwnerStreams | undefined;
  /** Whether a PubSub has started the adapter. */
  isStarted = false;

  /** Creates a link without a connection. */
  constructor(parts: OwnerLinkParts) {
    this.#parts = parts;
  }

  /** Uses a new connection. What was known of streams is forgotten: NATS may have lost them. */
  attach(session: Session): void {
    this.#session = session;
    this.#streams = undefined;
  }

  /** Lets go of the connection. */
  detach(): void {
    this.#session = undefined;
    this.#streams = undefined;
  }

  /**
   * Acts on the streams, and turns what fails into errors for callers.
   *
   * @param what What is done, for errors.
   * @throws {BusDownError} If there is no connection, it is lost, or NATS does not reply in time.
   * @throws {Error} If NATS refuses.
   */
  async use<T>(what: string, act: (streams: OwnerStreams) => Promise<T>): Promise<T> {
    const session = this.#session;
    if (!session?.isOpen) throw new BusDownError(what);
    try {
      return await act(this.#streams ??= this.#streamsOn(session));
    } catch (thrown) {
      if (isStale(thrown)) this.#streams = undefined; // a stream was deleted: the next attempt finds or creates it
      throw failureOf(what, session, thrown);
    }
  }

  #streamsOn(session: Session): OwnerStreams {
    return new OwnerStreams(jetStreamOf(session), this.#parts.prefix, this.#parts.replicas);
  }
}
