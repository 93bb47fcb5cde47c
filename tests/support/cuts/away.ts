/**
 * Clients that are away for longer than what is kept.
 *
 * @module
 */

import type { ClientVersion } from "../phoenix_client.ts";
import { TcpProxy } from "../tcp_proxy.ts";
import { until } from "../until.ts";
import type { KeptNodes } from "./kept_nodes.ts";
import { RecoveringClient } from "./recovering_client.ts";

/** What one client was sent. */
export interface Returned {
  /** The release of phoenix.js. */
  readonly version: string;
  /** The numbers that it received. */
  readonly got: readonly number[];
  /** What each `history_state` said. */
  readonly recovered: readonly (boolean | null | undefined)[];
}

const TOPIC = "plain:away";
/** More than the topic keeps. */
const MISSED = 150;
/** What is said after them. */
export const LAST = MISSED + 2;

/** Cuts clients off, says more than is kept, and lets them come back. */
export async function stayAway(nodes: KeptNodes, clients: readonly ClientVersion[]): Promise<Returned[]> {
  await using resources = new AsyncDisposableStack();
  const people: { readonly proxy: TcpProxy; readonly version: string; readonly client: RecoveringClient }[] = [];
  for (const release of clients) {
    const proxy = resources.use(await TcpProxy.start(nodes.anyNode));
    const options = { url: `ws://127.0.0.1:${proxy.port}/socket`, topic: TOPIC, transport: WebSocket };
    const client = await RecoveringClient.connect(release, options);
    resources.defer(() => client.disconnect());
    people.push({ proxy, version: release.version, client });
  }
  const all = (is: (client: RecoveringClient) => boolean) => () => people.every(({ client }) => is(client));
  await until(all(({ states }) => states.length === 1), "all have joined");
  await nodes.say(TOPIC, 1);
  await until(all(({ got }) => got.length === 1), "the first message came");
  for (const { proxy } of people) proxy.stall(); // new connections, too
  for (const { proxy } of people) proxy.reset();
  for (let n = 2; n < LAST; n++) await nodes.say(TOPIC, n);
  for (const { proxy } of people) proxy.flow();
  await until(all(({ told }) => told > 0), "all were told");
  await nodes.say(TOPIC, LAST);
  await until(all(({ got }) => got.at(-1) === LAST), "live messages follow");
  return people.map(({ version, client: { got, states } }) => {
    return { version, got, recovered: states.map(({ recovered }) => recovered) };
  });
}
