import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Invalid, type Issue, validate } from "@urvogel/realtime/contract";
import { schemaOf } from "../support/schema_of.ts";

const invalid = (issues: unknown) => validate(schemaOf(() => ({ issues })), 1) as Invalid;
const pathOf = (path: unknown) => invalid([{ message: "no", path }]).issues[0]!.path;

Deno.test.each<[what: string, path: unknown, expected: (string | number)[]]>([
  ["keys", ["a", 1], ["a", 1]],
  ["items with a key and the input", [{ type: "object", input: { secret: 1 }, key: "a", value: 1 }], ["a"]],
  ["symbols", [Symbol("s")], ["Symbol(s)"]],
  ["numbers that JSON does not know", [NaN, Infinity], ["NaN", "Infinity"]],
  ["keys of a map", [{ key: { id: 1 } }], ['{"id":1}']],
  ["no path", undefined, []],
  ["a path that is no list", "abc", []],
])("issues show %s", (_what, path, expected) => {
  assertEquals(pathOf(path), expected);
});

Deno.test("issues are bounded in number, depth and length when a schema reports more", () => {
  const issue = { message: "m".repeat(1000), path: Array.from({ length: 1000 }, () => "k".repeat(1000)) };
  const { issues } = invalid(Array.from({ length: 100_000 }, () => issue));
  assertEquals(issues.length, 20);
  const [{ message, path }] = issues as [typeof issue];
  assertEquals(path.length, 32);
  assert(message.length <= 201);
  assert(path.every((key) => key.length <= 101));
});

Deno.test("issues are shown when reading them throws", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = {
    get message(): string {
      throw new Error("boom");
    },
  };
  assertEquals(invalid([hostile, proxy, null, 1]).issues.length, 4);
  assertEquals(invalid(proxy).issues, []);
});

/** JSON knows no -0. */
const asSent = ({ message, path }: Issue): Issue => ({ message, path: path.map((key) => key === 0 ? 0 : key) });

Deno.test("issues can be sent, whatever a schema reports", () => {
  fc.assert(
    fc.property(fc.anything({ withSparseArray: true, withNullPrototype: true }), fc.anything(), (message, path) => {
      const { issues } = invalid([{ message, path: [path, { key: path }] }]);
      assertEquals(JSON.parse(JSON.stringify(issues)), issues.map(asSent));
    }),
  );
});
