import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Router } from "../../lib/protocol/topic_router.ts";

const routes = { "room:lobby": "lobby", "room:*": "room", "room:special": "never", "*": "any" };

const cases = [
  ["room:lobby", "lobby"],
  ["room:", "room"],
  ["room:special", "room"],
  ["other", "any"],
  ["", "any"],
] as const;
for (const [topic, target] of cases) {
  Deno.test(`Router.find() finds the first pattern that matches ${JSON.stringify(topic)}`, () => {
    assertStrictEquals(new Router(routes).find(topic), target);
  });
}

Deno.test("Router.find() answers undefined when nothing matches", () => {
  assertEquals(new Router({ "room:*": 1 }).find("rooms"), undefined);
});

for (const pattern of ["ro*om", "*:room", "room:**"]) {
  Deno.test(`Router() refuses ${pattern}`, () => {
    assertThrows(() => new Router({ [pattern]: 1 }), TypeError);
  });
}
