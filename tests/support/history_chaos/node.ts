/**
 * A node of a chaos run: a hub for each topic that has members here.
 *
 * @module
 */

import { pause } from "../../../lib/base/pause.ts";
import type { HistoryEngine } from "../../../lib/history/engine.ts";
import type { Position } from "../../../lib/history/position.ts";
import type { Retention } from "../../../lib/history/retention.ts";
import { TopicHub } from "../../../lib/history/_topic_hub.ts";
import type { HistoryConformanceNode } from "@urvogel/realtime/testing";
import type { ChaosMember } from "./member.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

/** A topic with members on a node. */
interface Room {
  readonly hub: TopicHub;
  readonly members: Set<ChaosMember>;
  /** Members and those who wait to be let in. */
  users: number;
}

const RETRY_MS = 20;

/** A node, which can be left and entered. */
export class ChaosNode {
  /** How many messages were read because their announcement was lost. */
  repaired = 0;
  readonly #node: HistoryConformanceNode;
  readonly #engine: HistoryEngine;
  readonly #keep: Retention;
  readonly #rooms = new Map<string, Room>();

  /** Creates a node that is not connected. */
  constructor(node: HistoryConformanceNode, keep: Retention) {
    this.#node = node;
    this.#engine = node.history;
    this.#keep = keep;
    this.#engine.onReconnect(() => void Promise.allSettled([...this.#rooms.values()].map(({ hub }) => hub.repair())));
  }

  /** Connects. */
  async start(): Promise<void> {
    await this.#node.start?.(SILENT_NODE);
  }

  /** Disconnects. */
  async stop(): Promise<void> {
    for (const { hub } of this.#rooms.values()) hub.stop();
    await this.#node.stop?.();
  }

  /** Publishes a message. Rejects if the engine throws. */
  async publish(topic: string, id: string): Promise<Position> {
    return await this.#engine.publish(topic, { event: "said", payload: { id }, key: id }, this.#keep);
  }

  /** Returns where a topic ends. */
  async top(topic: string): Promise<Position> {
    return (await this.#engine.read(topic, undefined, this.#keep)).top;
  }

  /** Lets a member in. Resolves when it is, or has left before. */
  async enter(member: ChaosMember): Promise<void> {
    const visit = ++member.visits;
    const room = this.#rooms.get(member.topic) ?? this.#open(member.topic);
    room.users++;
    await room.hub.admit(member.since, (admission) => {
      if (member.visits !== visit) return;
      member.enter(admission);
      room.members.add(member);
    });
  }

  /** A member goes, also one that waits to be let in. The last one closes the room. */
  leave(member: ChaosMember): void {
    member.visits++;
    const room = this.#rooms.get(member.topic);
    room?.members.delete(member);
    if (!room || --room.users > 0) return;
    room.hub.stop();
    this.#rooms.delete(member.topic);
  }

  #open(topic: string): Room {
    const members = new Set<ChaosMember>();
    const hub = new TopicHub(topic, {
      engine: this.#engine,
      keep: this.#keep,
      nowMs: () => Date.now(),
      retry: () => pause(RETRY_MS).then(() => true),
      output: {
        deliver: (message) => members.forEach((member) => member.receive(message)),
        reset: (position) => members.forEach((member) => member.reset(position)),
        repaired: (count) => this.repaired += count,
      },
    });
    const room = { hub, members, users: 0 };
    this.#rooms.set(topic, room);
    Promise.resolve(hub.start()).catch(() => {}); // it was stopped before the engine was back
    return room;
  }
}
