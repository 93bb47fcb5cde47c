/**
 * Clients behind a proxy that cuts their connections at random, while somebody speaks: nothing may be missing, come twice
 * or out of order.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Random } from "../soak/random.ts";
import type { ClientVersion } from "./phoenix_client.ts";
import { RecoveringClient } from "./recovering_client.ts";
import type { TcpProxy } from "./tcp_proxy.ts";
import { until } from "./until.ts";

/** What a run does. */
export interface CutPlan {
  /** The proxy before the server. */
  readonly proxy: TcpProxy;
  /** The topic. Its history keeps 100 messages. */
  readonly topic: string;
  /** Says a number in a topic. */
  readonly say: (topic: string, n: number) => void;
  /** The releases of the clients; each has as many as stand here. */
  readonly clients: readonly ClientVersion[];
  /** The transport of a client; absent: a WebSocket. */
  readonly transportOf?: (client: ClientVersion) => Promise<unknown>;
  readonly messages: number;
  /** How often all connections are cut. */
  readonly cuts: number;
  readonly seed: number;
}

/** What a run found. */
export interface CutResult {
  readonly deliveries: number;
  /** Connections that were cut. */
  readonly cut: number;
  /** Messages that were sent again to a client that had missed them. */
  readonly replayed: number;
}

/** How far the last client may be behind, in messages: less than what is kept. */
const MAX_BEHIND = 80;

/** Runs a plan, and checks what each client got. */
export async function runCuts(plan: CutPlan): Promise<CutResult> {
  const { proxy, topic, clients: versions, transportOf = () => Promise.resolve(WebSocket), messages } = plan;
  const url = `ws://127.0.0.1:${proxy.port}/socket`;
  const clients = await Promise.all(versions.map(async (version) => {
    const transport = await transportOf(version);
    return await RecoveringClient.connect(version, { url, topic, transport });
  }));
  try {
    await until(() => clients.every(({ isJoined }) => isJoined), "all clients have joined");
    const cut = await speak(plan, clients);
    await until(() => clients.every(({ got }) => got.length >= messages), () => `all came: ${describe(clients)}`);
    const expected = Array.from({ length: messages }, (_, i) => i + 1);
    for (const [i, { got, told }] of clients.entries()) {
      assertEquals(got, expected, `client ${versions[i]!.version}, seed ${plan.seed}`);
      assertEquals(told, 0, `client ${versions[i]!.version} was told of a loss, seed ${plan.seed}`);
    }
    const replayed = clients.flatMap(({ states }) => states).reduce((sum, { missed = 0 }) => sum + missed, 0);
    return { deliveries: clients.length * messages, cut, replayed };
  } finally {
    await Promise.all(clients.map((client) => client.disconnect()));
  }
}

/** Says all numbers, and cuts meanwhile. Returns how many connections were cut. */
async function speak(
  { proxy, topic, say, messages, cuts, seed }: CutPlan,
  clients: readonly RecoveringClient[],
): Promise<number> {
  const random = new Random(seed);
  const cutAt = new Set(Array.from({ length: cuts }, () => random.between(1, messages)));
  let cut = 0;
  for (let n = 1; n <= messages; n++) {
    say(topic, n);
    if (cutAt.has(n)) {
      await until(() => clients.every(({ survivesCut }) => survivesCut), "all clients survive a cut");
      for (const client of clients) client.noteCut();
      cut += proxy.connections;
      if (random.between(0, 1) === 0) proxy.cut();
      else proxy.reset();
    }
    if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, random.between(0, 3)));
    const isBehind = () => clients.some(({ got }) => n - got.length > MAX_BEHIND);
    if (isBehind()) await until(() => !isBehind(), () => `everybody is back: ${describe(clients)}`);
  }
  return cut;
}

function describe(clients: readonly RecoveringClient[]): string {
  return clients.map(({ got, told }) => `${got.length} (told ${told})`).join(", ");
}
