import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assertTopicPattern, topicMatches } from "../../lib/protocol/topic.ts";

const cases: [pattern: string, topic: string, matches: boolean][] = [
  ["room:lobby", "room:lobby", true],
  ["room:lobby", "room:lobby2", false],
  ["room:*", "room:lobby", true],
  ["room:*", "room:", true],
  ["room:*", "room", false],
  ["room:*", "Room:lobby", false],
  ["room:*", "room:*", true],
  ["*", "", true],
  ["*", "anything", true],
  ["", "", true],
  ["", "x", false],
  ["房间:*", "房间:é", true],
  ["room.x", "roomax", false],
];
Deno.test.each(cases)("topicMatches(%j, %j) is %s", (pattern, topic, matches) => {
  assertStrictEquals(topicMatches(pattern, topic), matches);
});

Deno.test("topicMatches() takes every topic that begins as the pattern does", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, text, (prefix, rest) => {
    assert(topicMatches(`${prefix}*`, prefix + rest));
    assertEquals(topicMatches(prefix.replaceAll("*", "+"), prefix.replaceAll("*", "+") + rest), rest === "");
  }));
});

Deno.test.each(["room:lobby", "room:*", "*", ""])("assertTopicPattern() takes %j", (pattern) => {
  assertTopicPattern(pattern);
});

Deno.test.each(["room:*:x", "*:room", "**", "room:**"])("assertTopicPattern() refuses %j", (pattern) => {
  assertThrows(
    () => assertTopicPattern(pattern),
    TypeError,
    `Cannot use topic pattern: "*" must be its last character, received "${pattern}"`,
  );
});
