import { assertEquals } from "@std/assert";
import { Transfers } from "../../lib/presence/_transfers.ts";

const [a, b] = ["a", "b"].map((name) => ({ name, vsn: "1.1" })) as [{ name: string; vsn: string }, typeof other];
const other = { name: "c", vsn: "1.1" };

function sent(transfers: Transfers, clock = 7) {
  return transfers.next(() => clock).map(({ replica, source, clock, rest, maxBytes }) => {
    return [replica.name, source.name, clock, rest, maxBytes];
  });
}

Deno.test("Transfers.next() returns each request once, and one per replica", () => {
  const transfers = new Transfers();
  transfers.want(a, a);
  transfers.want(a, b);
  transfers.want(b, a);
  assertEquals(sent(transfers), [["a", "a", 7, null, 65_536], ["b", "a", 7, null, 65_536]]);
  assertEquals(sent(transfers), []);
});

Deno.test("Transfers.advance() goes on until nothing is left, and expects each piece once", () => {
  const transfers = new Transfers();
  transfers.want(a, b);
  assertEquals(transfers.expects(b, a, [7, 0]), false); // not requested yet
  sent(transfers);
  assertEquals(transfers.expects(a, a, [7, 0]), false); // from another node
  assertEquals(transfers.expects(b, a, [6, 0]), false); // another request
  assertEquals(transfers.expects(b, a, [7, 0]), true);
  transfers.advance(a, [3, 20]);
  assertEquals(transfers.expects(b, a, [7, 0]), false); // a copy
  assertEquals(sent(transfers, 9), [["a", "b", 9, [3, 20], 65_536]]);
  transfers.advance(a, [3, 20]); // does not advance: it would never end
  assertEquals(sent(transfers), []);
  transfers.want(a, b);
  sent(transfers);
  transfers.advance(a, null);
  assertEquals(transfers.expects(b, a, [7, 0]), false);
});

Deno.test("Transfers.endPeriod() repeats what is late: later each time, and smaller; then gives up", () => {
  const transfers = new Transfers();
  transfers.want(a, b);
  const repeated: unknown[] = [];
  for (let period = 0; period <= 200; period++) {
    for (const request of sent(transfers)) repeated.push([period, request[4]]);
    transfers.endPeriod();
  }
  assertEquals(repeated, [[0, 65_536], [2, 32_768], [6, 16_384], [14, 8192], [30, 4096], [62, 4096]]);
  transfers.want(a, a); // another node may know it
  assertEquals(sent(transfers), [["a", "a", 7, null, 65_536]]);
});

Deno.test("Transfers.next() requests from four at a time, and sixteen pieces per period", () => {
  const transfers = new Transfers();
  for (const name of "abcdef") transfers.want({ name, vsn: "1.1" }, a);
  assertEquals(sent(transfers).map(([name]) => name), [..."abcd"]);
  transfers.advance(a, null);
  assertEquals(sent(transfers).map(([name]) => name), ["e"]);
  for (let after = 1; after <= 11; after++) {
    transfers.advance(b, [after, 20]);
    assertEquals(sent(transfers).length, 1);
  }
  transfers.advance(b, [12, 20]);
  assertEquals(sent(transfers), []);
  transfers.endPeriod();
  assertEquals(sent(transfers), [["b", "a", 7, [12, 20], 65_536]]);
});

Deno.test("Transfers.drop() ends what is about a replica and what comes from it, repeat() sends all again", () => {
  const transfers = new Transfers();
  transfers.want(a, a);
  transfers.want(b, a);
  transfers.want(other, b);
  sent(transfers);
  transfers.drop(a);
  transfers.repeat();
  assertEquals(sent(transfers), [["c", "b", 7, null, 32_768]]);
});
