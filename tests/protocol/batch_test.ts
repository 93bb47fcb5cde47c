import { assertEquals } from "@std/assert";
import { BATCH_VSN, takesBatches } from "../../lib/protocol/batch.ts";
import { chooseSerializer, DEFAULT_SERIALIZERS } from "../../lib/protocol/serializer.ts";

Deno.test.each([BATCH_VSN, "2.0.7+batch", "2.1.0+a.batch", "2.0.0+batch.b"])("takesBatches() is true of %s", (vsn) => {
  assertEquals(takesBatches(vsn), true);
});

const others: [vsn: unknown][] = [
  ["2.0.0"],
  ["2.0.0+batches"],
  ["2.0.0+"],
  ["2.0.0-batch"],
  ["2.0.0 batch"],
  ["1.0.0+batch"],
  ["3.0.0+batch"],
  ["12.0.0+batch"],
  [undefined],
  [["2.0.0+batch"]],
  [{ "2.0.0+batch": "" }],
];
Deno.test.each(others)("takesBatches() is false of %o", (vsn) => {
  assertEquals(takesBatches(vsn), false);
});

Deno.test("a client that asks for batches speaks protocol V2 to every server", () => {
  assertEquals(chooseSerializer(DEFAULT_SERIALIZERS, BATCH_VSN)?.name, "v2");
});
