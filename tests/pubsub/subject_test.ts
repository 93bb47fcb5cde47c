import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Subjects } from "@urvogel/realtime";

const subjects = new Subjects("app");

Deno.test("Subjects.topic() returns a name without a character of the topic that an engine could interpret", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (topic) => {
    const subject = subjects.topic(topic);
    assertMatch(subject, /^app\.t\.[A-Za-z0-9_~-]+$/);
    assert(subject.length <= "app.t.".length + 128);
  }));
});

Deno.test("Subjects.topic() returns different names for different topics", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  fc.assert(fc.property(text, text, (one, other) => {
    fc.pre(one !== other);
    assertNotEquals(subjects.topic(one), subjects.topic(other));
  }));
  assertNotEquals(subjects.topic("\ud800"), subjects.topic("\ud801")); // equal in UTF-8
  assertNotEquals(subjects.topic(""), subjects.topic("\ufffd"));
});

Deno.test("Subjects.of() returns the control subject for disconnects and the library's own topics", () => {
  assertEquals(subjects.of({ topic: "user:1", event: "disconnect", payload: {} }), "app.c");
  assertEquals(subjects.of({ topic: "urvogel:cluster", event: "heartbeat", payload: {} }), "app.c");
  assertEquals(subjects.of({ topic: "room:1", event: "said", payload: {} }), subjects.topic("room:1"));
});

Deno.test("Subjects.isTopic() returns true for the subjects of topics alone", () => {
  assert(subjects.isTopic(subjects.topic("")));
  for (const other of [subjects.control, subjects.node("t"), "app.t", "apps.t.x"]) assert(!subjects.isTopic(other));
});

Deno.test("Subjects.node() returns the name of one node", () => {
  assertEquals(subjects.node("host-1"), "app.n.host-1");
});

for (const prefix of ["", "a.b", "a>", "a b", "x".repeat(65)]) {
  Deno.test(`new Subjects() throws for the prefix "${prefix.slice(0, 9)}"`, () => {
    assertThrows(() => new Subjects(prefix), TypeError, '"prefix"');
  });
}
