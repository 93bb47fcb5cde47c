import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { offeredProtocols, protocolsFor } from "../../../lib/transport/request/auth_token.ts";

const offers: [header: string | null, protocols: string[], authToken: string | undefined][] = [
  [null, [], undefined],
  ["phoenix, x", ["phoenix", "x"], undefined],
  ["phoenix, base64url.bearer.phx.czNjcit0Lz09", ["phoenix"], "s3cr+t/=="],
  ["phoenix, base64url.bearer.phx.w7_Dvw", ["phoenix"], "ÿÿ"], // base64url
  ["phoenix, base64url.bearer.phx.w7/Dvw", ["phoenix"], "ÿÿ"], // base64
  ["phoenix, base64url.bearer.phx.", ["phoenix"], ""],
  ["phoenix, base64url.bearer.phx.%%%", ["phoenix"], undefined],
  ["phoenix, base64url.bearer.phx._w", ["phoenix"], "ÿ"], // not UTF-8: one byte a character
  ["phoenix , ,x,", ["phoenix", "x"], undefined],
  ["base64url.bearer.phx.YQ, base64url.bearer.phx.Yg", [], "a"],
];
Deno.test.each(offers)("offeredProtocols() reads %j", (header, protocols, authToken) => {
  assertEquals(offeredProtocols(header, true), { protocols, authToken });
});

Deno.test("offeredProtocols() reads back every token, in both alphabets, padded or not", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (token) => {
    for (const alphabet of ["base64", "base64url"] as const) {
      for (const omitPadding of [true, false]) {
        const text = new TextEncoder().encode(token).toBase64({ alphabet, omitPadding });
        const { authToken } = offeredProtocols(`phoenix, base64url.bearer.phx.${text}`, true);
        assertStrictEquals(authToken, token);
      }
    }
  }));
});

Deno.test("offeredProtocols() reads back what protocolsFor() offers", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (token) => {
    assertEquals(offeredProtocols(protocolsFor(token).join(", "), true), { protocols: ["phoenix"], authToken: token });
  }));
});

Deno.test("offeredProtocols() never throws, whatever is offered", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    offeredProtocols(`base64url.bearer.phx.${text}`, true);
    offeredProtocols(text, true);
  }));
});

Deno.test("offeredProtocols() leaves tokens alone where nobody asks for them", () => {
  const header = "phoenix, base64url.bearer.phx.czNj";
  const protocols = ["phoenix", "base64url.bearer.phx.czNj"];
  assertEquals(offeredProtocols(header, false), { protocols, authToken: undefined });
});
