import { assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { RestartNotice } from "../../lib/transport/restart_notice.ts";
import { FakeConnection } from "../support/fake_client.ts";

function closedBy(notice: RestartNotice) {
  const connection = new FakeConnection();
  notice.sendAway(connection);
  return connection.closedWith;
}

Deno.test("RestartNotice without a jitter closes without a text, and asks new clients to wait a second", () => {
  const notice = new RestartNotice();
  assertEquals(closedBy(notice), { code: 1012, options: { reason: "restart" } });
  const { status, headers } = notice.response();
  assertEquals([status, headers.get("retry-after")], [503, "1"]);
});

Deno.test("RestartNotice gives each client a time of its own", () => {
  const numbers = [0.0734, 0.9999, 0.0001];
  using _random = stub(Math, "random", () => numbers.shift()!);
  const notice = new RestartNotice(10_000);
  assertEquals(closedBy(notice)?.options?.text, "retry-after-ms=734");
  assertEquals(notice.response().headers.get("retry-after"), "10");
  const { headers } = notice.response({ "cache-control": "no-store" });
  assertEquals([headers.get("retry-after"), headers.get("cache-control")], ["1", "no-store"]);
});
