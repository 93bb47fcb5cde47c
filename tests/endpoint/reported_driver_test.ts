/**
 * What a driver is asked, and what is reported of its decisions.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type AcceptedSocket,
  Endpoint,
  type EndpointOptions,
  ok,
  Socket,
  type SocketConnectedEvent,
  type SocketDriver,
} from "@urvogel/realtime";
import { Log } from "../../lib/base/log.ts";
import { ReportedDriver } from "../../lib/endpoint/_reported_driver.ts";
import { UNCOUNTED } from "../../lib/limits/seat.ts";
import { NO_INFO } from "../support/fake_client.ts";
import { upgradeRequest } from "../support/fake_upgrade.ts";
import { Collected, Failures } from "../support/telemetry.ts";
import { handlerTracing } from "../../lib/channel/handler_tracing.ts";

function reported(driver: SocketDriver): ReportedDriver {
  return new ReportedDriver(driver, { name: "/test", setting: false, redact: (value) => value, log: new Log() });
}

Deno.test("ReportedDriver passes on what it is told of a client whose seat is counted", async () => {
  using connected = new Collected<SocketConnectedEvent>("urvogel:socket:connected");
  const session = { handleIn() {}, close() {} };
  const accepted: AcceptedSocket = { id: "user:7", takesBatches: true, takeSeat: () => UNCOUNTED, open: () => session };
  const result = await reported({ connect: () => ok(accepted) }).connect({}, NO_INFO);
  assert(result.next === "ok");
  assertEquals([result.value.id, result.value.takesBatches], ["user:7", true]);
  assertEquals(connected.events, []);
  assertEquals(result.value.takeSeat?.(), UNCOUNTED);
  assertEquals(connected.events.map(({ result }) => result), ["ok"]);
});

for (const counts of [false, true]) {
  const what = counts ? "with maxConnectionsPerId" : "without a limit for its id";
  Deno.test(`a connect that takes too long is reported once, as failed (${what})`, async () => {
    using connected = new Collected<SocketConnectedEvent>("urvogel:socket:connected");
    using failures = new Failures();
    using time = new FakeTime();
    const spans: string[] = [];
    using _ = handlerTracing.add(() => ({ run: (work) => work(), end: (result) => void spans.push(result) }));
    const decided = Promise.withResolvers<void>();
    class SlowSocket extends Socket {
      override channels = {};
      override maxConnectionsPerId = counts ? 1 : Infinity;
      override async connect() {
        await decided.promise;
        return ok();
      }
      override id() {
        return "user:7";
      }
    }
    const options: EndpointOptions = { sockets: { "/socket": [SlowSocket, { websocket: { connectTimeoutMs: 50 } }] } };
    await using endpoint = new Endpoint({ ...options, logLevel: false });
    const response = endpoint.fetch(upgradeRequest("/socket/websocket?vsn=2.0.0"));
    await time.runMicrotasks();
    time.tick(50);
    assertEquals((await response).status, 500);
    assertEquals(failures.messages.length, 1);
    const reported = () => connected.events.map(({ result, socketId }) => [result, socketId]);
    assertEquals([reported(), spans], [[["failed", undefined]], ["failed"]]);
    decided.resolve();
    await time.runMicrotasks();
    assertEquals([reported(), spans], [[["failed", undefined]], ["failed"]]);
  });
}
