/**
 * What a driver is asked, and what is reported of its decisions.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type AcceptedSocket, ok, type SocketConnectedEvent, type SocketDriver } from "@urvogel/realtime";
import { Log } from "../../lib/base/log.ts";
import { ReportedDriver } from "../../lib/endpoint/_reported_driver.ts";
import { UNCOUNTED } from "../../lib/limits/seat.ts";
import { NO_INFO } from "../support/fake_client.ts";
import { Collected } from "../support/telemetry.ts";

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
