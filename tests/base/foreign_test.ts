import { assert, assertThrows } from "@std/assert";
import { runInNewContext } from "node:vm";
import { isError, isInstance } from "../../lib/base/foreign.ts";

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const hostile = new Proxy({}, {
  getPrototypeOf() {
    throw new Error("no");
  },
});

Deno.test("isInstance() is what instanceof is, and false where that throws", () => {
  assert(isInstance(new TypeError(), Error));
  assert(!isInstance({}, Error));
  assert(!isInstance(undefined, Error));
  for (const value of [revoked, hostile]) {
    assertThrows(() => value instanceof Error);
    assert(!isInstance(value, Error));
  }
});

Deno.test("isError() knows errors of this realm and another, and nothing else", () => {
  for (const error of [new RangeError(), new DOMException(), runInNewContext("new TypeError()")]) {
    assert(isError(error));
  }
  for (const value of [{ name: "Error", message: "no" }, "Error", null, revoked, hostile]) assert(!isError(value));
});
