/**
 * Nodes of one cluster in this program, each with an endpoint on a port of its own, and a history that one engine keeps.
 *
 * @module
 */

import { PubSub } from "@urvogel/realtime";
import { publish } from "../../../lib/history/publish.ts";
import { adapterOf } from "../../fixtures/phoenix_app/adapter.ts";
import type { Random } from "../../soak/random.ts";
import { type EngineName, hasEngine } from "../engines/binaries.ts";
import { ENGINES, startEngine } from "../engines/start.ts";
import type { TestServer } from "../serve.ts";
import type { ProxyTarget } from "../tcp_proxy.ts";
import { NATIVE } from "../transports.ts";
import { bytesOf } from "./said.ts";
import { plainApp } from "./plain_app.ts";

/** What keeps a history: the memory of the only node, that of one of three, or an engine of three. */
export type Keeper = "memory" | "threads" | EngineName;

/** All of them. */
export const KEEPERS: readonly Keeper[] = ["memory", "threads", ...ENGINES];

const NODES = 3;

interface Node {
  readonly pubsub: PubSub;
  readonly server: TestServer;
}

/** Running nodes. Dispose of them with `await using`. */
export class KeptNodes implements AsyncDisposable {
  /** What keeps their history. */
  readonly keeper: Keeper;
  readonly #nodes: readonly Node[];
  readonly #random: Random;
  readonly #resources: AsyncDisposableStack;

  /** Starts the engine, if there is one, and the nodes. */
  static async start(keeper: Keeper, random: Random): Promise<KeptNodes> {
    await using resources = new AsyncDisposableStack();
    if (keeper === "memory") {
      return new KeptNodes(keeper, [await startNode(new PubSub(), resources)], random, resources.move());
    }
    const bus = keeper === "threads" ? keeper : resources.use(await startEngine(keeper)).url;
    const nodes: Node[] = [];
    for (let n = 0; n < NODES; n++) {
      const pubsub = new PubSub({ adapter: await adapterOf(bus) });
      await pubsub.ready;
      nodes.push(await startNode(pubsub, resources));
    }
    return new KeptNodes(keeper, nodes, random, resources.move());
  }

  private constructor(keeper: Keeper, nodes: readonly Node[], random: Random, resources: AsyncDisposableStack) {
    this.keeper = keeper;
    this.#nodes = nodes;
    this.#random = random;
    this.#resources = resources;
  }

  /** One node or another, each time that its port is asked for. */
  get anyNode(): ProxyTarget {
    const pick = () => this.#pick().server.port;
    return {
      get port() {
        return pick();
      },
    };
  }

  /** Says a number in a topic, on one node or another. Bound. */
  readonly say = (topic: string, n: number): Promise<string> => this.#publish(topic, { n });

  /** The same, with each second number as bytes. Bound. */
  readonly sayBytes = (topic: string, n: number): Promise<string> => {
    return n % 2 === 0 ? this.say(topic, n) : this.#publish(topic, bytesOf(n));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #publish(topic: string, payload: object): Promise<string> {
    return publish(this.#pick().pubsub, topic, "said", payload);
  }

  #pick(): Node {
    return this.#nodes[this.#random.between(0, this.#nodes.length - 1)]!;
  }
}

/** Returns whether nodes can be started with a keeper on this machine. */
export function canKeep(keeper: Keeper): boolean {
  return keeper === "memory" || keeper === "threads" || hasEngine(keeper);
}

async function startNode(pubsub: PubSub, resources: AsyncDisposableStack): Promise<Node> {
  resources.defer(() => pubsub.stop());
  const server = await NATIVE.serve(plainApp(pubsub));
  resources.defer(() => server[Symbol.asyncDispose]());
  return { pubsub, server };
}
