import { assertEquals, assertThrows } from "@std/assert";
import { decodeClose, decodeFrame, encodeClose, encodeFrame } from "./ws_frame.ts";

Deno.test.each([0, 1, 125, 126, 65_535, 65_536])("decodeFrame() reads what encodeFrame() wrote, %d bytes", (length) => {
  const payload = new Uint8Array(length).fill(7);
  const bytes = encodeFrame({ opcode: 2, payload, fin: false, rsv: 5, masked: false });
  assertEquals(decodeFrame(bytes), { frame: { opcode: 2, payload, fin: false, rsv: 5 }, length: bytes.length });
  assertEquals(decodeFrame(bytes.subarray(0, -1)), undefined);
});

Deno.test("decodeFrame() leaves alone what follows the frame", () => {
  const bytes = Uint8Array.of(0x81, 1, 65, 0x81);
  assertEquals(decodeFrame(bytes)?.length, 3);
});

Deno.test("encodeFrame() masks unless told otherwise", () => {
  const masked = encodeFrame({ opcode: 1, payload: Uint8Array.of(1, 2, 3, 4, 5) });
  const [, , ...keyAndPayload] = masked;
  const [a = 0, b = 0, c = 0, d = 0, ...payload] = keyAndPayload;
  assertEquals(payload, [1 ^ a, 2 ^ b, 3 ^ c, 4 ^ d, 5 ^ a]);
  assertThrows(() => decodeFrame(masked), Error, "the server masked it");
});

Deno.test.each([2, 8] as const)("encodeFrame() writes a length in %d bytes when asked to", (lengthBytes) => {
  const payload = Uint8Array.of(1, 2, 3);
  const bytes = encodeFrame({ opcode: 2, payload, masked: false, lengthBytes });
  assertEquals(bytes.length, 2 + lengthBytes + payload.length);
  assertEquals(decodeFrame(bytes)?.frame.payload, payload);
});

Deno.test("decodeClose() reads what encodeClose() wrote", () => {
  assertEquals(decodeClose(encodeClose(1001, "bye")), { code: 1001, reason: "bye" });
  assertEquals(decodeClose(encodeClose(null, "")), { code: null, reason: "" });
});
