import { assert, assertEquals, assertThrows } from "@std/assert";
import { CLOSE_CODES } from "@urvogel/realtime";
import { assertClose } from "../../lib/protocol/close_codes.ts";
import * as reasons from "../../lib/protocol/error_reasons.ts";
import { isProtocolEvent } from "../../lib/protocol/event_names.ts";
import * as names from "../../lib/protocol/events.ts";

Deno.test("CLOSE_CODES holds numbers of the RFC's table, or of the range for applications, each once", () => {
  const codes = Object.values(CLOSE_CODES);
  const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013];
  for (const code of codes) assert(registered.includes(code) || (code >= 4000 && code <= 4999), `${code}`);
  assertEquals(new Set(codes).size, codes.length);
});

Deno.test("CLOSE_CODES are those that Phoenix and its clients know", () => {
  const { goingAway, serviceRestart, internalError, messageTooBig } = CLOSE_CODES;
  assertEquals([goingAway, serviceRestart, internalError, messageTooBig], [1001, 1012, 1011, 1009]);
});

Deno.test("the protocol's words are Phoenix's", () => {
  const { HISTORY_STATE, PHX_ANSWER, PRESENCE_COUNT, REFRESH, ...known } = names;
  assertEquals(
    Object.values(known).filter(isProtocolEvent),
    Object.values(known).filter((name) => name.startsWith("phx_")),
  );
  assertEquals(PRESENCE_COUNT, "presence_count"); // Phoenix tells no numbers
  assertEquals(REFRESH, "refresh"); // nor does it check a token twice
  assertEquals(PHX_ANSWER, "phx_answer"); // nor does it ask its clients anything
  assertEquals(HISTORY_STATE, "history_state"); // nor does it keep what it sends
  assertEquals(known, {
    PHX_JOIN: "phx_join",
    PHX_LEAVE: "phx_leave",
    PHX_REPLY: "phx_reply",
    PHX_CLOSE: "phx_close",
    PHX_ERROR: "phx_error",
    HEARTBEAT: "heartbeat",
    PHOENIX_TOPIC: "phoenix",
    DISCONNECT: "disconnect",
    PRESENCE_STATE: "presence_state",
    PRESENCE_DIFF: "presence_diff",
  });
  assertEquals({ ...reasons }, {
    UNMATCHED_TOPIC: "unmatched topic",
    JOIN_CRASHED: "join crashed",
    TOO_MANY_CHANNELS: "too many channels joined",
    CHANNEL_CRASH: "channel_crash",
    // Phoenix has no such limits, requests or contracts, its connections do not expire, and a leave waits for the join.
    ANOTHER_ID: "another id",
    INVALID_ANSWER: "invalid answer",
    INVALID_PAYLOAD: "invalid payload",
    JOIN_GIVEN_UP: "join given up",
    PAYLOAD_TOO_LARGE: "payload too large",
    PUSH_UNANSWERED: "push not answered",
    STREAM_ABORTED: "stream aborted",
    STREAM_FAILED: "stream failed",
    REFRESH_CRASHED: "refresh crashed",
    TOKEN_EXPIRED: "token expired",
    TOO_MANY_JOINS_PER_SECOND: "too many joins per second",
    TOO_MANY_MESSAGES: "too many messages waiting",
    TOO_MANY_PER_SECOND: "too many messages per second",
    TOPIC_TOO_LONG: "topic too long",
    UNKNOWN_REQUEST: "unknown request",
    UNMATCHED_EVENT: "unmatched event",
    VALIDATION_CRASHED: "validation crashed",
  });
});

const sendable: [from: number, to: number][] = [[1000, 1003], [1007, 1014], [3000, 4999]];
Deno.test("assertClose() takes the codes that a server may send, and no others", () => {
  for (let code = 0; code < 6000; code++) {
    const taken = sendable.some(([from, to]) => code >= from && code <= to);
    if (taken) assertClose(code, "");
    else assertThrows(() => assertClose(code, ""), RangeError, undefined, `${code}`);
  }
  for (const code of Object.values(CLOSE_CODES)) assertClose(code, "");
});

Deno.test("assertClose() counts bytes, not characters", () => {
  for (const text of ["x".repeat(123), "é".repeat(61) + "x", "日".repeat(41)]) {
    assertClose(1000, text);
    assertThrows(() => assertClose(1000, `${text}x`), Error, '"text" must be <= 123 bytes, received 124');
  }
});
