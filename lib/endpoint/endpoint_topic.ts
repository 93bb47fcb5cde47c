/**
 * Broadcasts by a contract, from anywhere in the program.
 *
 * @module
 */

import type { OutName, OutPayload } from "../channel/channel_socket.ts";
import { type Broadcaster, ContractTopic } from "../channel/contracts/contract_topic.ts";
import type { Contract } from "../contract/contract.ts";
import type { OutgoingCheck } from "../contract/outgoing_check.ts";
import type { PublishOptions } from "../history/publish.ts";
import type { Payload } from "../protocol/payload.ts";

/** What sends the messages: an endpoint. */
export interface PublishingBroadcaster extends Broadcaster {
  publish(topic: string, event: string, payload: Payload, options?: PublishOptions): Promise<string>;
}

/**
 * A topic whose channels follow contract `C`; see `Endpoint.topic`.
 *
 * @category Contracts
 */
export class EndpointTopic<C extends Contract> extends ContractTopic<C> {
  readonly #publisher: PublishingBroadcaster;
  readonly #check: OutgoingCheck | undefined;

  /** Created by `Endpoint.topic`. */
  constructor(topic: string, publisher: PublishingBroadcaster, check: OutgoingCheck | undefined) {
    super(topic, publisher, check);
    this.#publisher = publisher;
    this.#check = check;
  }

  /**
   * Sends an event of the contract to all members of the topic, which has history, and waits until it is kept.
   *
   * @returns The position of the message.
   * @throws {TypeError} As `Endpoint.publish` does; with `EndpointOptions.validateOut` also if the payload does not fit
   * the contract.
   */
  async publish<K extends OutName<C>>(event: K, payload: OutPayload<C, K>, options?: PublishOptions): Promise<string> {
    this.#check?.assertPayload("publish", event, payload);
    return await this.#publisher.publish(this.topic, event, payload as Payload, options);
  }
}
