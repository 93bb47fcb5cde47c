import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { chooseSerializer, DEFAULT_SERIALIZERS, type Serializer, serializerV1, serializerV2 } from "@urvogel/realtime";

const cases: [vsn: unknown, name: string | undefined][] = [
  ["1.0.0", "v1"],
  ["1.0.5", "v1"],
  ["2.0.0", "v2"],
  ["2.0.99", "v2"],
  [undefined, "v1"],
  ["2.1.0", undefined],
  ["3.0.0", undefined],
  ["2.0", undefined],
  ["", undefined],
  [null, undefined],
  [2, undefined],
  [["2.0.0"], undefined],
  [{ major: "2" }, undefined],
];
Deno.test.each(cases)("chooseSerializer() answers vsn %j with %s", (vsn, name) => {
  assertStrictEquals(chooseSerializer(DEFAULT_SERIALIZERS, vsn)?.name, name);
});

Deno.test("chooseSerializer() takes the first that fits, one of ours or not", () => {
  const custom: Serializer = { ...serializerV2, name: "custom" };
  const choices = [{ serializer: custom, versions: "~> 2.0.5" }, ...DEFAULT_SERIALIZERS];
  assertStrictEquals(chooseSerializer(choices, "2.0.5"), custom);
  assertStrictEquals(chooseSerializer(choices, "2.0.4"), serializerV2);
  assertEquals(chooseSerializer([], "2.0.0"), undefined);
});

Deno.test("chooseSerializer() refuses a requirement that is none", () => {
  const choices = [{ serializer: serializerV1, versions: "1" }];
  assertThrows(() => chooseSerializer(choices, "1.0.0"), TypeError);
});
