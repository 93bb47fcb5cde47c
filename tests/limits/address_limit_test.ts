import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { AddressLimit, networkOf } from "../../lib/limits/address_limit.ts";

Deno.test("AddressLimit.take() gives as many seats as an address may have, and again what was given back", () => {
  const limit = new AddressLimit(2);
  const [first, second] = [limit.take("192.0.2.1"), limit.take("192.0.2.1")];
  assert(first && second);
  assertEquals(limit.take("192.0.2.1"), undefined);
  assert(limit.take("192.0.2.2"));
  first.release();
  first.release(); // counts once
  assert(limit.take("192.0.2.1"));
  assertEquals(limit.take("192.0.2.1"), undefined);
});

Deno.test("AddressLimit forgets addresses without connections", () => {
  const limit = new AddressLimit(1);
  const seats = ["192.0.2.1", "2001:db8::1"].map((address) => limit.take(address));
  assertEquals(limit.addressCount, 2);
  for (const seat of seats) seat?.release();
  assertEquals(limit.addressCount, 0);
});

Deno.test("AddressLimit.take() counts neither unknown addresses nor any without a limit", () => {
  const limit = new AddressLimit(1);
  for (let n = 0; n < 3; n++) assert(limit.take(undefined));
  const none = new AddressLimit(Infinity);
  for (let n = 0; n < 3; n++) assert(none.take("192.0.2.1"));
  assertEquals(none.addressCount, 0);
});

Deno.test.each([0, -1, NaN])("AddressLimit() refuses a limit of %f", (max) => {
  assertThrows(
    () => new AddressLimit(max),
    RangeError,
    `Cannot limit connections: "maxConnectionsPerAddress" must be >= 1, received ${max}`,
  );
});

Deno.test.each(
  [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:7f00:1", "127.0.0.1"],
    ["0:0:0:0:0:FFFF:c000:0201", "192.0.2.1"],
    ["0000::ffff:192.0.2.1", "192.0.2.1"],
    ["::fffe:7f00:1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0000:00a0:1:2:3:4", "2001:db8:0:a0::/64"],
    ["2001:db8:1:2:3::", "2001:db8:1:2::/64"],
    ["1::8", "1:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["somebody", "somebody"],
  ] as const,
)("networkOf(%o) is %o", (address, network) => {
  assertStrictEquals(networkOf(address), network);
});
