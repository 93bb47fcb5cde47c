/**
 * Handshakes: section 4.2 of RFC 6455, and HTTP/1.1 below it.
 *
 * @module
 */

import { text } from "./wire_case.ts";

/** A request as it goes over the wire, and what it leads to. */
export interface HandshakeCase {
  /** Unique. */
  readonly id: string;
  /** What the client does. */
  readonly what: string;
  /** Changes to a good request: header lines by name, several for a name, or none at all. */
  readonly change?: Readonly<Record<string, string | readonly string[] | null>>;
  /**
   * The request line.
   *
   * @default {"GET /echo/websocket HTTP/1.1"}
   */
  readonly line?: string;
  /** What follows the head at once. */
  readonly body?: string | Uint8Array;
  /** `"opened"`, a status, or `"refused"`: any status from 400 to 431, or no answer at all. */
  readonly becomes: "opened" | "refused" | number;
  /** The first message that comes once it is opened, if the case waits for one. */
  readonly comes?: string;
}

/** The header lines of a good request; the runner adds `Host`. */
export const GOOD_HEADERS: Readonly<Record<string, string>> = {
  "Upgrade": "websocket",
  "Connection": "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** What the server must answer to the key of {@linkcode GOOD_HEADERS}: the RFC's own example. */
export const GOOD_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Good handshakes and bad ones. */
export const handshakes: readonly HandshakeCase[] = [
  { id: "h.1.1", what: "asks as the RFC says", becomes: "opened" },
  {
    id: "h.1.2",
    what: "writes names and values in other cases",
    change: { "Upgrade": "WebSocket", "Connection": "upgrade" },
    becomes: "opened",
  },
  {
    id: "h.1.3",
    what: "lists Upgrade among others",
    change: { "Connection": "keep-alive, Upgrade" },
    becomes: "opened",
  },
  {
    id: "h.1.4",
    what: "sends Connection twice",
    change: { "Connection": ["keep-alive", "Upgrade"] },
    becomes: "opened",
  },
  {
    id: "h.1.5",
    what: "offers an extension that nobody knows",
    change: { "Sec-WebSocket-Extensions": "x-unheard-of; a=1" },
    becomes: "opened",
  },
  { id: "h.1.6", what: "asks with a query", line: "GET /echo/websocket?a=1&b=%20 HTTP/1.1", becomes: "opened" },
  { id: "h.1.7", what: "has blanks around values", change: { "Upgrade": "  websocket  " }, becomes: "opened" },
  {
    id: "h.1.8",
    what: "sends its first message with the request",
    body: text("early"),
    becomes: "opened",
    comes: "early",
  },
  { id: "h.2.1", what: "leaves out Upgrade", change: { "Upgrade": null }, becomes: 400 },
  { id: "h.2.2", what: "leaves out Connection", change: { "Connection": null }, becomes: 400 },
  { id: "h.2.3", what: "upgrades to something else", change: { "Upgrade": "h2c" }, becomes: 400 },
  { id: "h.2.4", what: "leaves out the version", change: { "Sec-WebSocket-Version": null }, becomes: 400 },
  { id: "h.2.5", what: "asks for version 8", change: { "Sec-WebSocket-Version": "8" }, becomes: 400 },
  { id: "h.2.6", what: "asks for two versions", change: { "Sec-WebSocket-Version": "13, 8" }, becomes: 400 },
  { id: "h.2.7", what: "leaves out the key", change: { "Sec-WebSocket-Key": null }, becomes: 400 },
  { id: "h.2.8", what: "sends an empty key", change: { "Sec-WebSocket-Key": "" }, becomes: 400 },
  {
    id: "h.2.9",
    what: "sends a key that is not base64",
    change: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    becomes: 400,
  },
  { id: "h.2.10", what: "sends a key of 4 bytes", change: { "Sec-WebSocket-Key": "AAAAAA==" }, becomes: 400 },
  { id: "h.2.11", what: "sends a key of 24 bytes", change: { "Sec-WebSocket-Key": "A".repeat(32) }, becomes: 400 },
  {
    id: "h.2.12",
    what: "sends two keys",
    change: { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] },
    becomes: 400,
  },
  {
    id: "h.2.13",
    what: "posts",
    line: "POST /echo/websocket HTTP/1.1",
    change: { "Content-Length": "0" },
    becomes: "refused",
  },
  { id: "h.2.14", what: "asks elsewhere", line: "GET /elsewhere HTTP/1.1", becomes: 404 },
  { id: "h.2.15", what: "comes from another page", change: { "Origin": "https://elsewhere.example" }, becomes: 403 },
  { id: "h.3.1", what: "speaks HTTP/1.0", line: "GET /echo/websocket HTTP/1.0", becomes: "refused" },
  { id: "h.3.2", what: "leaves out Host", change: { "Host": null }, becomes: "refused" },
  { id: "h.3.3", what: "sends a body", change: { "Content-Length": "5" }, body: "hello", becomes: "refused" },
  {
    id: "h.3.4",
    what: "gives its body two lengths",
    change: { "Content-Length": "5", "Transfer-Encoding": "chunked" },
    body: "0\r\n\r\n",
    becomes: "refused",
  },
  {
    id: "h.3.5",
    what: "goes on with a header in the next line",
    change: { "X-Folded": "a\r\n b" },
    becomes: "refused",
  },
  { id: "h.3.6", what: "sends a zero byte in a header", change: { "X-Zero": "a\0b" }, becomes: "refused" },
  { id: "h.3.7", what: "has a blank before a colon", change: { "X-Blank ": "a" }, becomes: "refused" },
  { id: "h.3.8", what: "sends a request line without sense", line: "GET", becomes: "refused" },
  { id: "h.3.9", what: "sends 1 MB of header", change: { "X-Large": "x".repeat(1_000_000) }, becomes: "refused" },
  { id: "h.3.10", what: "sends 3,000 headers", change: manyHeaders(3000), becomes: "refused" },
];

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`X-${n}`, "1"]));
}
