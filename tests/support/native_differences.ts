/**
 * Where Deno's own WebSockets and HTTP server differ from what is right: the cases of `tests/e2e/rfc6455`, by what is
 * seen instead and why.
 *
 * @module
 */

import type { Difference } from "./transports.ts";

/** The same for several cases, named with blanks between them. */
function of(ids: string, why: string, ...seen: readonly string[]): [string, Difference][] {
  return ids.split(" ").map((id) => [id, { seen, why }]);
}

const BREACH = "Deno drops a connection that breaks the RFC, and sends no close frame";
const NOT_UTF8 = "Deno drops a connection with text that is not UTF-8, and sends no close frame";
const CUT = "Deno forgets the first bytes of a character if the last fragment of its text is empty";
const UNMASKED = "Deno takes frames without a mask";
const LENGTHS = "Deno takes lengths that are not in their shortest form";
const LATE =
  "Deno shows a message when it is whole: maxFrameBytes is checked then, and timeoutMs bounds one without end";
const HTTP = "Deno.serve does not refuse it, and a Request does not show it";

/** What differs, by the id of the case. */
export const NATIVE_DIFFERENCES: Readonly<Record<string, Difference>> = Object.fromEntries([
  ...of("2.5 3.1 3.5 3.6 3.7 3.8 4.1.1 4.1.2 4.1.3 4.1.4 4.1.5 4.2.1 4.2.2 4.2.3 4.2.4 4.2.5", BREACH, "dropped"),
  ...of("12.0.1 5.1 5.2 5.9 5.10 5.11 5.12 5.13 5.14 5.16 5.17 5.18 5.23 7.3.2 7.3.7", BREACH, "dropped"),
  ...of("3.2 3.3 3.4", BREACH, 'text "Hello, world!"', "dropped"),
  ...of("4.1.1b 4.1.2b 4.1.3b 4.1.4b 4.1.5b 4.2.1b 4.2.2b 4.2.3b 4.2.4b 4.2.5b", BREACH, 'text "good"', "dropped"),
  ...of("5.15", BREACH, 'text "fragment1fragment2"', "dropped"),
  ...of("9.9.8 x.5.1", "Deno drops a connection with a frame of more than 64 MiB", "dropped"),
  ...of("6.3.1 6.3.1f 6.3.1c 6.4.1 6.4.2 6.5.3 6.6.1 6.6.1f 6.6.1c 6.6.3 6.6.4 6.6.4c 6.6.6", NOT_UTF8, "dropped"),
  ...of("6.8.1 6.8.1f 6.8.1c 6.8.2 6.10.1 6.10.2 6.10.3 6.11.5 6.11.5f 6.11.5c", NOT_UTF8, "dropped"),
  ...of("6.12.1 6.12.1f 6.12.1c 6.12.2 6.12.3 6.12.8", NOT_UTF8, "dropped"),
  ...of("6.13.1 6.13.2 6.13.3 6.13.4 6.13.5", NOT_UTF8, "dropped"),
  ...of("6.14.1 6.14.2 6.14.3 6.14.4 6.14.5 6.14.6 6.14.7 6.14.8 6.15.1", NOT_UTF8, "dropped"),
  ...of("6.16.1 6.16.1f 6.16.1c 6.16.2 6.16.3", NOT_UTF8, "dropped"),
  ...of("6.17.1 6.17.1f 6.17.1c 6.17.2 6.17.3 6.17.4 6.17.5", NOT_UTF8, "dropped"),
  ...of("6.18.1 6.18.2 6.18.3 6.19.1 6.19.2", NOT_UTF8, "dropped"),
  ...of("6.20.1 6.20.1f 6.20.1c 6.20.3 6.20.5 6.20.7 6.21.1 6.21.8 7.5.1", NOT_UTF8, "dropped"),
  ...of("6.5.1 6.6.4f", CUT, 'text "κ"', "close 1000"),
  ...of("6.5.2", CUT, 'text ""', "close 1000"),
  ...of("7.3.6", "Deno takes close frames of 126 bytes", "close 1000"),
  ...of("7.7.12", "Deno does not know code 1014, which is younger than the RFC", "close 1002"),
  ...of("9.9.6 9.9.7", LATE, "nothing"),
  ...of("x.1.1", UNMASKED, 'text "x"', "close 1000"),
  ...of("x.1.2", UNMASKED, 'text ""', "close 1000"),
  ...of("x.1.3", UNMASKED, "binary [78]", "close 1000"),
  ...of("x.1.4", UNMASKED, "pong [78]", "close 1000"),
  ...of("x.1.5", UNMASKED, 'text "good"', 'text "x"', "close 1000"),
  ...of("x.1.6", UNMASKED, 'text "ab"', "close 1000"),
  ...of("x.3.1 x.4.1", LENGTHS, 'text "short"', "close 1000"),
  ...of("x.3.2", LENGTHS, 'text ""', "close 1000"),
  ...of("x.4.2", LENGTHS, "text of 1000 characters, a7524c1b", "close 1000"),
  ...of("x.6.1", LENGTHS, "pong [78]", "close 1000"),
  ...of("x.6.2", LENGTHS, "close 1000"),
  ...of("h.3.1 h.3.2", HTTP, "opened"),
]);
