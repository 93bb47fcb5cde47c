import { assertEquals, fail } from "@std/assert";
import { abortGuarded } from "../../lib/base/guarded_abort.ts";

function failing(message: string): AbortController {
  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => {
    throw new Error(message);
  });
  return controller;
}

Deno.test("abortGuarded() hands over what listeners throw, and nothing that others throw", () => {
  const thrown: unknown[] = [];
  const controller = failing("no");
  abortGuarded(controller, "why", (error) => thrown.push((error as Error).message));
  assertEquals([controller.signal.reason, thrown], ["why", ["no"]]);
  const outside: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    outside.push(event.error.message);
  };
  globalThis.addEventListener("error", onError);
  failing("unguarded").abort();
  globalThis.removeEventListener("error", onError);
  assertEquals([outside, thrown], [["unguarded"], ["no"]]);
});

Deno.test("abortGuarded() hands each error to the abort whose listener threw it", () => {
  const thrown: string[] = [];
  const note = (who: string) => (error: unknown) => thrown.push(`${who}: ${(error as Error).message}`);
  const outer = new AbortController();
  outer.signal.addEventListener("abort", () => {
    abortGuarded(failing("inner"), "why", note("inner"));
    throw new Error("outer");
  });
  abortGuarded(outer, "why", note("outer"));
  assertEquals(thrown, ["inner: inner", "outer: outer"]);
});

Deno.test("abortGuarded() does nothing when the signal is aborted", () => {
  const controller = new AbortController();
  controller.abort("first");
  abortGuarded(controller, "second", () => fail());
  assertEquals(controller.signal.reason, "first");
});
