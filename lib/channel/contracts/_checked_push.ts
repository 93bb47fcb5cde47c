/**
 * A client's message whose replies are checked against the contract, with `EndpointOptions.validateOut`.
 *
 * @module
 */

import type { OutgoingCheck } from "../../contract/outgoing_check.ts";
import type { JsonOrBytes } from "../../protocol/payload.ts";
import type { Membership } from "../_membership.ts";
import { IncomingPush, REPLY } from "../incoming_push.ts";
import { SocketRef } from "../socket_ref.ts";

/** A message whose replies are checked. A class of its own, so that other messages check nothing. */
export class CheckedPush extends IncomingPush {
  readonly #membership: Membership;
  readonly #check: OutgoingCheck;

  /** Creates a copy of a message whose event the contract has. */
  constructor(membership: Membership, { event, payload, ref, weight, memory }: IncomingPush, check: OutgoingCheck) {
    super(membership, event, payload, ref, weight, memory);
    this.#membership = membership;
    this.#check = check;
  }

  override socketRef(): SocketRef {
    super.socketRef(); // throws if there is nobody to reply to
    return new CheckedRef(this.#membership, this, (response) => this.#assertReply(response));
  }

  override [REPLY](status: string, response: unknown): void {
    if (status === "ok") this.#assertReply(response);
    super[REPLY](status, response);
  }

  #assertReply(response: unknown = {}): void {
    this.#check.assertReply(String(this.event), response);
  }
}

class CheckedRef extends SocketRef {
  readonly #assertReply: (response: JsonOrBytes) => void;

  constructor(membership: Membership, { ref, memory }: IncomingPush, assertReply: (response: JsonOrBytes) => void) {
    super(membership, ref, memory);
    this.#assertReply = assertReply;
  }

  override reply(response: JsonOrBytes = {}, status: string = "ok"): void {
    if (status === "ok") this.#assertReply(response);
    super.reply(response, status);
  }
}
