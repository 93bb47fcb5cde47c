import { assertStrictEquals } from "@std/assert";
import { agreedDeflate } from "../../../../lib/adapters/serve/frames/_permessage_deflate.ts";

const ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

const offers: [offer: string | undefined, answer: string | undefined][] = [
  [undefined, undefined],
  ["", undefined],
  ["permessage-deflate", ANSWER],
  ["permessage-deflate; client_max_window_bits", ANSWER],
  ["permessage-deflate; client_max_window_bits=10", ANSWER],
  ['permessage-deflate; client_max_window_bits="10"', ANSWER],
  ["permessage-deflate;client_no_context_takeover;server_no_context_takeover", ANSWER],
  ["permessage-deflate; server_max_window_bits=15", `${ANSWER}; server_max_window_bits=15`],
  ["x-webkit-deflate-frame, permessage-deflate", ANSWER],
  ["permessage-deflate; server_max_window_bits=9, permessage-deflate", ANSWER],
  ["permessage-deflate; server_max_window_bits=9", undefined],
  ["permessage-deflate; server_max_window_bits", undefined],
  ["permessage-deflate; client_max_window_bits=7", undefined],
  ["permessage-deflate; client_max_window_bits=16", undefined],
  ["permessage-deflate; client_no_context_takeover=1", undefined],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", undefined],
  ["permessage-deflate; unheard_of", undefined],
  ["permessage-deflate; __proto__", undefined],
  ["permessage-inflate", undefined],
];
for (const [offer, answer] of offers) {
  Deno.test(`agreedDeflate() answers ${offer} with ${answer}`, () => {
    assertStrictEquals(agreedDeflate(offer), answer);
  });
}
