/**
 * The steps of a golden transcript.
 *
 * @module
 */

import type { JsonReader } from "./json_reader.ts";
import { type FrameToSend, Opcode } from "./ws_frame.ts";

/** A frame that is to come. */
export type WantedFrame =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary" | "ping" | "pong"; readonly data: Uint8Array };

/** What a WebSocket handshake sends, and what is to come back. */
export interface Open {
  /** Header fields to add, or with `null` to leave out. */
  readonly requestHeaders: Readonly<Record<string, string | null>>;
  /** 101, or a refusal. */
  readonly status: number;
  /** The content of a refusal. */
  readonly body: string;
  /** The content type of a refusal, if it matters. */
  readonly contentType: string | undefined;
  /** Header fields to come back, or with `null` not to. */
  readonly responseHeaders: Readonly<Record<string, string | null>>;
}

/** An HTTP request, whose texts may contain `${variables}`. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** What is to come back for an {@linkcode HttpRequest}. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long it is to take. */
  readonly elapsedMs: { readonly min: number; readonly max: number } | undefined;
  /** Variables to set from fields of the JSON body: field names by variable name. */
  readonly save: Readonly<Record<string, string>>;
}

/** A frame that is to come on the connection `on`. */
export interface Recv {
  readonly step: "recv";
  readonly on: string;
  readonly want: WantedFrame;
}

/** What a transcript does or waits for. `on` names the connection. */
export type Step =
  | Recv
  | { readonly step: "open"; readonly on: string; readonly open: Open }
  | { readonly step: "send"; readonly on: string; readonly frame: FrameToSend }
  /** Any order, one connection. */
  | { readonly step: "unordered"; readonly wanted: readonly Recv[] }
  | {
    readonly step: "clientClose";
    readonly on: string;
    readonly code: number | null;
    readonly reason: string;
  }
  | {
    readonly step: "serverClose";
    readonly on: string;
    readonly code: number | null;
    readonly reason: string;
    /** Whether the client answers with a close frame. */
    readonly answer: boolean;
  }
  /** The server ends the TCP stream. */
  | { readonly step: "eof"; readonly on: string }
  /** The client drops the TCP connection. */
  | { readonly step: "drop"; readonly on: string }
  | { readonly step: "silence"; readonly on: string; readonly forMs: number }
  | { readonly step: "ignore"; readonly on: string; readonly forMs: number }
  | { readonly step: "wait"; readonly forMs: number }
  | { readonly step: "http"; readonly request: HttpRequest; readonly answer: HttpAnswer }
  | { readonly step: "httpStart"; readonly id: string; readonly request: HttpRequest }
  | { readonly step: "httpFinish"; readonly id: string; readonly answer: HttpAnswer };

/** Reads one step; throws a `TypeError` if it is none. */
export function parseStep(json: JsonReader): Step {
  for (const [name, parse] of Object.entries(PARSERS)) {
    if (!json.has(name)) continue;
    const step = parse(json);
    json.allRead();
    return step;
  }
  throw new TypeError(`Cannot read step: it has none of ${Object.keys(PARSERS).join(", ")}`);
}

/** By the field that tells what kind of step it is. */
const PARSERS: Readonly<Record<string, (json: JsonReader) => Step>> = {
  open: (json) => ({ step: "open", on: onOf(json), open: parseOpen(json.field("open")) }),
  send: (json) => ({ step: "send", on: onOf(json), frame: parseSend(json.field("send")) }),
  recv: parseRecv,
  unordered: parseUnordered,
  close: parseClose,
  eof: (json) => (json.field("eof").boolean(), { step: "eof", on: onOf(json) }),
  drop: (json) => (json.field("drop").boolean(), { step: "drop", on: onOf(json) }),
  silence_ms: (json) => ({
    step: "silence",
    on: onOf(json),
    forMs: json.field("silence_ms").number(),
  }),
  ignore_ms: (json) => ({
    step: "ignore",
    on: onOf(json),
    forMs: json.field("ignore_ms").number(),
  }),
  wait_ms: (json) => ({ step: "wait", forMs: json.field("wait_ms").number() }),
  http: (json) => {
    const http = json.field("http");
    const step: Step = { step: "http", request: parseRequest(http), answer: parseAnswer(http) };
    http.allRead();
    return step;
  },
  http_start: (json) => {
    const http = json.field("http_start");
    const step: Step = {
      step: "httpStart",
      id: http.field("id").string(),
      request: parseRequest(http),
    };
    http.allRead();
    return step;
  },
  http_finish: (json) => {
    const http = json.field("http_finish");
    const step: Step = {
      step: "httpFinish",
      id: http.field("id").string(),
      answer: parseAnswer(http),
    };
    http.allRead();
    return step;
  },
};

function onOf(json: JsonReader): string {
  return json.field("on").string();
}

function parseOpen(json: JsonReader): Open {
  const text = (value: JsonReader) => value.string();
  const open = {
    requestHeaders: json.optional("request_headers")?.record((value) => value.nullOr(text)) ?? {},
    status: json.field("status").number(),
    body: json.optional("body")?.string() ?? "",
    contentType: json.optional("content_type")?.string(),
    responseHeaders: json.optional("response_headers")?.record((value) => value.nullOr(text)) ?? {},
  };
  json.allRead();
  return open;
}

function parseSend(json: JsonReader): FrameToSend {
  if (json.has("frame")) return parseFrame(json.field("frame"));
  if (json.has("b64")) return { opcode: Opcode.binary, payload: parseBytes(json) };
  return { opcode: Opcode.text, payload: new TextEncoder().encode(parseText(json)) };
}

function parseFrame(json: JsonReader): FrameToSend {
  const frame = {
    opcode: json.field("opcode").number(),
    fin: json.field("fin").boolean(),
    payload: Uint8Array.fromBase64(json.field("b64").string()),
    rsv: json.optional("rsv")?.number() ?? 0,
    masked: json.optional("masked")?.boolean() ?? true,
  };
  json.allRead();
  return frame;
}

function parseRecv(json: JsonReader): Recv {
  return { step: "recv", on: onOf(json), want: parseWanted(json.field("recv")) };
}

function parseWanted(json: JsonReader): WantedFrame {
  if (json.has("b64")) return { kind: "binary", data: parseBytes(json) };
  if (json.has("ping")) return { kind: "ping", data: parseBytes(json.field("ping")) };
  if (json.has("pong")) return { kind: "pong", data: parseBytes(json.field("pong")) };
  return { kind: "text", text: parseText(json) };
}

function parseUnordered(json: JsonReader): Step {
  const wanted = json.field("unordered").list((element) => {
    const recv = parseRecv(element);
    element.allRead();
    return recv;
  });
  if (new Set(wanted.map((recv) => recv.on)).size === 1) return { step: "unordered", wanted };
  throw new TypeError(
    "Cannot read step: the frames of an unordered group must be of one connection",
  );
}

function parseClose(json: JsonReader): Step {
  const close = json.field("close");
  const code = close.field("code").nullOr((value) => value.number());
  const reason = close.field("reason").string();
  const by = json.field("by").string();
  if (by === "client") return { step: "clientClose", on: onOf(json), code, reason };
  if (by !== "server") {
    throw new TypeError(`Cannot read step: expected a close by client or server, received ${by}`);
  }
  return {
    step: "serverClose",
    on: onOf(json),
    code,
    reason,
    answer: json.optional("answer")?.boolean() ?? false,
  };
}

function parseRequest(json: JsonReader): HttpRequest {
  const body = json.optional("body");
  return {
    method: json.field("method").string(),
    path: json.field("path").string(),
    headers: json.optional("request_headers")?.record((value) => value.string()) ?? {},
    body: body && (body.has("b64") ? parseBytes(body) : body.string()),
  };
}

function parseAnswer(json: JsonReader): HttpAnswer {
  const elapsed = json.optional("elapsed_ms");
  return {
    status: json.field("status").number(),
    headers: json.optional("response_headers")?.record((value) => value.string()) ?? {},
    body: parseText(json.field("response_body")),
    elapsedMs: elapsed &&
      { min: elapsed.field("min").number(), max: elapsed.field("max").number() },
    save: json.optional("save")?.record((value) => value.string()) ?? {},
  };
}

function parseBytes(json: JsonReader): Uint8Array {
  return Uint8Array.fromBase64(json.field("b64").string());
}

/** A text, or the parts of a long one. */
function parseText(json: JsonReader): string {
  if (json.isString()) return json.string();
  return json.field("concat").list((part) => {
    if (part.isString()) return part.string();
    return part.field("repeat").string().repeat(part.field("n").number());
  }).join("");
}
