/**
 * Broadcasts by a contract, outside its channels.
 *
 * @module
 */

import type { Contract } from "../../contract/contract.ts";
import type { OutgoingCheck } from "../../contract/outgoing_check.ts";
import type { Pid } from "../../otp/process/pid.ts";
import type { Payload } from "../../protocol/payload.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import type { OutName, OutPayload } from "../channel_socket.ts";

/** What sends the broadcasts: a PubSub, or an endpoint. */
export interface Broadcaster {
  broadcast(topic: string, event: string, payload: Payload): void;
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void;
  localBroadcast(topic: string, event: string, payload: Payload): void;
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: Payload): void;
}

/**
 * A topic whose channels follow contract `C`; see {@linkcode topicOf}.
 *
 * @category Contracts
 */
export class ContractTopic<C extends Contract> {
  /** The topic. */
  readonly topic: string;
  readonly #broadcaster: Broadcaster;
  readonly #check: OutgoingCheck | undefined;

  /** Created by {@linkcode topicOf} and `Endpoint.topic`. */
  constructor(topic: string, broadcaster: Broadcaster, check?: OutgoingCheck) {
    this.topic = topic;
    this.#broadcaster = broadcaster;
    this.#check = check;
  }

  /**
   * Sends an event of the contract to all members of the topic.
   *
   * @throws {TypeError} As `PubSub.broadcast` and `Endpoint.broadcast` do; on a topic of an endpoint with
   * `EndpointOptions.validateOut` also if the payload does not fit the contract.
   * @throws {BusDownError} If the bus is down, as `PubSub.broadcast` does.
   */
  broadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.broadcast(this.topic, event, payload as Payload);
  }

  /** Like {@linkcode ContractTopic.prototype.broadcast | broadcast}, but not to the process `from`. */
  broadcastFrom<K extends OutName<C>>(from: Pid<never>, event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.broadcastFrom(from, this.topic, event, payload as Payload);
  }

  /** Like {@linkcode ContractTopic.prototype.broadcast | broadcast}, but only to the members on this node. */
  localBroadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.localBroadcast(this.topic, event, payload as Payload);
  }

  /** Like {@linkcode ContractTopic.prototype.broadcastFrom | broadcastFrom}, but only to the members on this node. */
  localBroadcastFrom<K extends OutName<C>>(from: Pid<never>, event: K, payload: OutPayload<C, K>): void {
    this.#check?.assertPayload("broadcast", event, payload);
    this.#broadcaster.localBroadcastFrom(from, this.topic, event, payload as Payload);
  }
}

/**
 * Returns a topic whose channels follow a contract, for typed broadcasts from a part of the program that has no
 * endpoint, such as the server of a room: the endpoint imports the channels, and they import that server.
 *
 * The types are checked, and nothing at run time. `Endpoint.topic` does the same with an endpoint, and checks payloads
 * too if `validateOut` is on.
 *
 * @category Contracts
 * @example Usage
 * ```ts
 * import { type ContractTopic, GenServer, PubSub, reply, topicOf } from "@urvogel/realtime";
 * import { contract } from "@urvogel/realtime/contract";
 * import * as z from "zod";
 *
 * const room = contract({ out: { score: { payload: z.object({ points: z.number() }) } } });
 * const pubsub = new PubSub();
 *
 * class RoomServer extends GenServer<number, { calls: { add(points: number): number } }> {
 *   #topic!: ContractTopic<typeof room>; // set once, by init
 *   override init(topic: string) {
 *     this.#topic = topicOf(pubsub, room, topic);
 *     return 0;
 *   }
 *   override handleCall = this.calls({
 *     add: (state, more) => {
 *       const points = state + more;
 *       this.#topic.broadcast("score", { points });
 *       return reply(points, points);
 *     },
 *   });
 * }
 *
 * const server = await GenServer.start(RoomServer, "room:1");
 * await server.call("add", 3);
 * await server.stop();
 * ```
 *
 * @param pubsub The program's PubSub, which is that of its endpoint.
 * @param _contract The contract of the topic's channels, for the types.
 * @param topic The topic.
 * @returns The topic.
 */
export function topicOf<C extends Contract>(pubsub: PubSub, _contract: C, topic: string): ContractTopic<C> {
  return new ContractTopic(topic, pubsub);
}
