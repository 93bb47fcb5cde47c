/**
 * The owner engine on NATS.
 *
 * @module
 */

import type { OwnerEngine, OwnerSession } from "../../../cluster/owner_engine.ts";
import { NatsOwnerSession } from "./_nats_owner_session.ts";
import type { OwnerLink } from "./_owner_link.ts";

/** Keeps owners with JetStream. */
export class NatsOwners implements OwnerEngine {
  readonly #link: OwnerLink;

  /** Creates an engine that uses nothing at NATS yet. */
  constructor(link: OwnerLink) {
    this.#link = link;
  }

  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    return await NatsOwnerSession.open(node, Math.ceil(ttlMs), this.#link);
  }
}
