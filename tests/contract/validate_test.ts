import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Schema, validate } from "@urvogel/realtime/contract";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import { schemaOf } from "../support/schema_of.ts";

/** The same schema in three libraries, with what each says about `{ tags: ["a", 1] }`. */
const libraries: readonly (readonly [name: string, schema: Schema<{ tags: string[] }>, message: string])[] = [
  ["zod", z.object({ tags: z.array(z.string()) }), "Invalid input: expected string, received number"],
  ["valibot", v.object({ tags: v.array(v.string()) }), "Invalid type: Expected string but received 1"],
  ["arktype", type({ tags: "string[]" }), "tags[1] must be a string (was a number)"],
];

for (const [name, schema, message] of libraries) {
  Deno.test(`validate() returns the value when it fits a schema of ${name}`, () => {
    assertEquals(validate(schema, { tags: ["a"] }), { kind: "valid", value: { tags: ["a"] } });
  });

  Deno.test(`validate() returns only message and keys when a value does not fit a schema of ${name}`, () => {
    assertEquals(validate(schema, { tags: ["a", 1] }), {
      kind: "invalid",
      issues: [{ message, path: ["tags", 1] }],
    });
  });
}

Deno.test("validate() returns the output when a schema transforms", () => {
  const at = new Date(0);
  assertEquals(validate(z.coerce.date(), at.toISOString()), { kind: "valid", value: at });
});

Deno.test("validate() returns a promise when a schema is asynchronous", async () => {
  const schema = v.pipeAsync(v.string(), v.checkAsync((text) => Promise.resolve(text !== "taken"), "Is taken"));
  const free = validate(schema, "free");
  assertEquals(free instanceof Promise, true);
  assertEquals(await free, { kind: "valid", value: "free" });
  assertEquals(await validate(schema, "taken"), { kind: "invalid", issues: [{ message: "Is taken", path: [] }] });
});

Deno.test("validate() throws what a schema throws", async () => {
  const boom = new Error("boom");
  const throwing = schemaOf(() => {
    throw boom;
  });
  assertThrows(() => validate(throwing, 1), Error, "boom");
  await assertRejects(async () => await validate(schemaOf(() => Promise.reject(boom)), 1), Error, "boom");
});

Deno.test.each([[undefined], [null], [1], [{}], [[]]])("validate() throws when a schema returns %o", (result) => {
  assertThrows(() => validate(schemaOf(() => result), 1), TypeError, 'a schema of "tests" returned no result');
});
