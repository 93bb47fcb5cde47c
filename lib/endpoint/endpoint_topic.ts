/**
 * Broadcasts by a contract, from anywhere in the program.
 *
 * @module
 */

import type { OutName, OutPayload } from "../channel/channel_socket.ts";
import type { Contract } from "../contract/contract.ts";
import type { OutgoingCheck } from "../contract/outgoing_check.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { PublishOptions } from "../history/publish.ts";
import type { Payload } from "../protocol/payload.ts";

/** What sends the broadcasts: an endpoint. */
export interface Broadcaster {
  broadcast(topic: string, event: string, payload: Payload): void;
  publish(topic: string, event: string, payload: Payload, options?: PublishOptions): Promise<string>;
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void;
  localBroadcast(topic: string, event: string, payload: Payload): void;
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void;
}

/**
 * A topic whose channels follow contract `C`; see `Endpoint.topic`.
 *
 * @category Contracts
 */
export class EndpointTopic<C extends Contract> {
  /** The topic. */
  readonly topic: string;
  readonly #broadcaster: Broadcaster;
  readonly #check: OutgoingCheck | undefined;

  /** Created by `Endpoint.topic`. */
  constructor(topic: string, broadcaster: Broadcaster, check: OutgoingCheck | undefined) {
    this.topic = topic;
    this.#broadcaster = broadcaster;
    this.#check = check;
  }

  /**
   * Sends an event of the contract to all members of the topic.
   *
   * @throws {TypeError} As `Endpoint.broadcast` does; with `EndpointOptions.validateOut` also if the payload does not
   * fit the contract.
   */
  broadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.broadcast(this.topic, event, payload as Payload);
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
    return await this.#broadcaster.publish(this.topic, event, payload as Payload, options);
  }

  /** Like {@linkcode EndpointTopic.prototype.broadcast | broadcast}, but not to the process `from`. */
  broadcastFrom<K extends OutName<C>>(from: Pid<never>, event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.broadcastFrom(from, this.topic, event, payload as Payload);
  }

  /** Like {@linkcode EndpointTopic.prototype.broadcast | broadcast}, but only to the members on this node. */
  localBroadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.localBroadcast(this.topic, event, payload as Payload);
  }

  /** Like {@linkcode EndpointTopic.prototype.broadcastFrom | broadcastFrom}, but only to the members on this node. */
  localBroadcastFrom<K extends OutName<C>>(from: Pid<never>, event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.localBroadcastFrom(from, this.topic, event, payload as Payload);
  }
}
