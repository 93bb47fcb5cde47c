import { assertEquals } from "@std/assert";
import { Place, type Recovery } from "../../lib/client/_place.ts";

const STATE = "history_state";

/** A place, and what it reported. */
function createPlace() {
  const recoveries: Recovery[] = [];
  const place = new Place((recovery) => recoveries.push(recovery));
  return {
    place,
    recoveries,
    state: (position: string, rest: object = {}) => place.read(STATE, { position, ...rest }, null),
    said: (position: string | null) => place.read("said", {}, position),
    bytes: (...bytes: number[]) => place.read("said", Uint8Array.from(bytes).buffer, null),
  };
}

Deno.test("Place.position is that of the last message", () => {
  const { place, state, said } = createPlace();
  assertEquals(place.position, undefined);
  state("a:3", { recovered: null, missed: 0 });
  assertEquals(place.position, "a:3");
  assertEquals([said("a:4"), said("a:10"), said(null)], [true, true, true]);
  assertEquals(place.position, "a:10");
  for (const ref of ["7", "7~page.1", 7, undefined]) assertEquals(place.read("phx_reply", {}, ref), true);
  assertEquals(place.position, "a:10");
});

Deno.test("Place.read() refuses what it has, and never goes back within an epoch", () => {
  const { place, state, said } = createPlace();
  said("a:9");
  assertEquals([said("a:9"), said("a:8"), said("a:10")], [false, false, true]);
  state("a:8", { recovered: true, missed: 1 });
  assertEquals([place.position, said("a:9")], ["a:10", false]);
  state("b:1", { recovered: false, missed: 0 });
  assertEquals([place.position, said("b:2")], ["b:1", true]);
});

Deno.test("Place reports what became of the missed messages", () => {
  const { recoveries, state } = createPlace();
  state("a:1", { recovered: null, missed: 0 });
  state("a:1", { recovered: true, missed: 2 });
  state("a:2");
  state("a:9", { recovered: false, missed: 0 });
  assertEquals(recoveries, [{ kind: "recovered", missed: 2 }, { kind: "lost" }]);
});

Deno.test("Place reports a first join apart from a return", () => {
  const { recoveries, state, said } = createPlace();
  state("a:0", { recovered: true, missed: 2 }); // it asked for the last messages
  said("a:1");
  said("a:2");
  state("a:2", { recovered: true, missed: 0 });
  assertEquals(recoveries, [{ kind: "first", count: 2 }, { kind: "recovered", missed: 0 }]);
});

Deno.test("Place reports that the first position of a page is too old", () => {
  const { recoveries, state } = createPlace();
  state("a:9", { recovered: false, missed: 0 });
  assertEquals(recoveries, [{ kind: "lost" }]);
});

Deno.test("Place.read() refuses bytes that come again because their position was cut off", () => {
  const { place, state, bytes, said } = createPlace();
  said("a:1");
  assertEquals(bytes(1, 2), true); // a cut
  state("a:1", { recovered: true, missed: 2 });
  assertEquals(bytes(1, 2), false); // another one
  state("a:1", { recovered: true, missed: 2 });
  assertEquals(bytes(1, 2), false);
  state("a:2");
  assertEquals([bytes(1, 2), place.position], [true, "a:2"]); // the next message, which is equal
});

Deno.test.each(
  [
    ["a message was confirmed", (test) => test.state("a:2")],
    ["another message came since", (test) => test.said("a:2")],
  ] as [string, (test: ReturnType<typeof createPlace>) => void][],
)("Place.read() takes equal bytes of a replay when %s", (_name, confirm) => {
  const test = createPlace();
  test.said("a:1");
  test.bytes(1);
  confirm(test);
  test.state("a:2", { recovered: true, missed: 1 });
  assertEquals(test.bytes(1), true);
});

Deno.test("Place.read() takes a replayed broadcast of the bytes that the server has pushed to this client alone", () => {
  const { place, state, said } = createPlace();
  const read = (joinRef: string | null) => place.read("said", Uint8Array.of(1).buffer, null, joinRef);
  said("a:1");
  read("1"); // a push, which is not kept; then a cut
  state("a:1", { recovered: true, missed: 1 });
  assertEquals(read(null), true);
  read("4"); // a push of `handleOut`; then a cut
  state("a:1", { recovered: true, missed: 1 });
  assertEquals(read("7"), false);
});

Deno.test("Place.read() takes other bytes and other events of a replay", () => {
  const { place, state, bytes, said } = createPlace();
  said("a:1");
  place.read("drawn", Uint8Array.of(1).buffer, null); // is not kept
  state("a:1", { recovered: true, missed: 1 });
  assertEquals(bytes(1), true);
  state("a:1", { recovered: true, missed: 1 });
  assertEquals(bytes(1, 2), true);
  state("a:1", { recovered: true, missed: 0 });
  assertEquals(bytes(1, 2), true);
});
