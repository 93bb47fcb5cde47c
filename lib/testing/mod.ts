/**
 * A test kit for sockets and channels: a client that needs no network, and a way to wait until the program is idle. The
 * counterpart of `Phoenix.ChannelTest`.
 *
 * ```ts
 * import { Channel, noreply, ok, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 *
 * class CounterChannel extends Channel {
 *   #count = 0;
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     add: (_payload, socket) => {
 *       socket.push("count", { count: ++this.#count });
 *       return noreply();
 *     },
 *   });
 * }
 * class CounterSocket extends Socket {
 *   override channels = { counter: CounterChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * await using client = await connect(CounterSocket);
 * const counter = await client.join("counter");
 * counter.push("add");
 * counter.push("add");
 * await counter.assertPush("count", { count: 2 });
 * await counter.refutePush("count", { count: 3 });
 * ```
 *
 * | Phoenix.ChannelTest | here |
 * | --- | --- |
 * | `connect(UserSocket, params)` | `await connect(UserSocket, params)`, or an endpoint that several clients share |
 * | `subscribe_and_join(socket, topic)`, `join` | `await client.subscribeAndJoin(topic)`, `await client.join(topic)` |
 * | `push(socket, event, payload)`, `leave` | `channel.push(event, payload)`, `channel.leave()` |
 * | `assert_reply ref, :ok, pattern` | `await channel.assertReply(ref, "ok", pattern)` |
 * | `assert_push`, `assert_broadcast`, `refute_*` | `await channel.assertPush(event, pattern)` and so on |
 * | `broadcast_from(socket, event, payload)` | `channel.broadcastFrom(event, payload)` |
 * | `close(socket)` | `await client.close()`, or `await using client` |
 *
 * An assertion that fails lists the messages that came instead. If the channel ended, it reports how: by `phx_error` or
 * `phx_close` and, if the server is in this program, with which error.
 *
 * Calls of servers by key are checked as if they came from another node (`checkCalls` of `KeyedServers`): a request or a
 * reply that could not cross, such as a `Map`, fails its test, although the test has one node.
 *
 * `adapterConformance` tests a `PubSubAdapter` of one's own, `historyConformance` a `HistoryEngine`,
 * `ownerConformance` an `OwnerEngine`, `storeConformance` an `OwnerStore`.
 *
 * Assertions do not depend on a waiting time: if every process waits for messages and none has come, none will come. So
 * `refutePush` takes no time, and an assertion fails at once. With fake time (`FakeTime` of `@std/testing/time`), later
 * events can be tested as reliably.
 *
 * @module
 */

export {
  adapterConformance,
  type ConformanceCase,
  type ConformanceCaseId,
  type ConformanceOptions,
} from "./conformance/conformance.ts";
export type { ConformanceBus, ConformanceEngine, ConformanceRefusals } from "./conformance/bus.ts";
export type { ConformanceNumbers } from "./conformance/numbers.ts";
export {
  historyConformance,
  type HistoryConformanceCase,
  type HistoryConformanceCaseId,
  type HistoryConformanceOptions,
} from "./conformance/history/history_conformance.ts";
export type { HistoryConformanceBus, HistoryConformanceNode } from "./conformance/history/history_bus.ts";
export type { HistoryConformanceNumbers } from "./conformance/history/history_numbers.ts";
export {
  ownerConformance,
  type OwnerConformanceCase,
  type OwnerConformanceCaseId,
  type OwnerConformanceOptions,
} from "./conformance/owners/owner_conformance.ts";
export type { OwnerConformanceBus, OwnerConformanceNode } from "./conformance/owners/owner_bus.ts";
export type { OwnerConformanceNumbers } from "./conformance/owners/owner_numbers.ts";
export {
  storeConformance,
  type StoreConformanceCase,
  type StoreConformanceCaseId,
  type StoreConformanceOptions,
  type StoreConformanceSite,
} from "./conformance/stores/store_conformance.ts";
export {
  connect,
  type ConnectOptions,
  connectOverNetwork,
  ConnectRefusedError,
  type NetworkConnectOptions,
} from "./connect.ts";
export { JoinRefusedError, TestClient } from "./test_client.ts";
export { ReceivedRequest } from "./received_request.ts";
export {
  ContractTestChannel,
  type PatternOf,
  type PushedName,
  type PushedPayload,
  type PushRef,
  type ReceivedOut,
} from "./contract_test_channel.ts";
export { TestChannel } from "./test_channel.ts";
export type { ReplyReceived } from "./topic_log.ts";
export { matchesPattern, type Pattern } from "./pattern.ts";
export { settle, type Settled, type SettleOptions } from "./settle.ts";
export type { OutgoingMessage } from "../protocol/server_frames.ts";
export type { Closed } from "./wire.ts";
