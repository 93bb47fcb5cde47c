/**
 * Tokens that clients send as a WebSocket subprotocol, since browsers cannot set headers on a WebSocket.
 *
 * phoenix.js offers `phoenix` and `base64url.bearer.phx.` followed by the token, in base64 without padding. The server
 * selects `phoenix`.
 *
 * @module
 */

const PREFIX = "base64url.bearer.phx.";

/** The subprotocols that a client offered. */
export interface OfferedProtocols {
  /** The names, without the token. */
  readonly protocols: readonly string[];
  /** The decoded token, if the client sent a valid one. */
  readonly authToken: string | undefined;
}

/**
 * Reads the header `Sec-WebSocket-Protocol`.
 *
 * @param header The header's value.
 * @param takeToken Whether to look for a token.
 */
export function offeredProtocols(header: string | null, takeToken: boolean): OfferedProtocols {
  const offered = (header ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (!takeToken) return { protocols: offered, authToken: undefined };
  const bearer = offered.find((name) => name.startsWith(PREFIX));
  return {
    protocols: offered.filter((name) => !name.startsWith(PREFIX)),
    authToken: bearer === undefined ? undefined : decodeToken(bearer.slice(PREFIX.length)),
  };
}

/** Returns the subprotocols that a client offers to send a token. */
export function protocolsFor(authToken: string): string[] {
  const text = new TextEncoder().encode(authToken).toBase64({ alphabet: "base64url", omitPadding: true });
  return ["phoenix", `${PREFIX}${text}`];
}

// Accepts both alphabets: phoenix.js says base64url and sends plain base64.
function decodeToken(text: string): string | undefined {
  let latin1: string;
  try {
    latin1 = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined; // as if none had been sent: `connect` decides
  }
  const bytes = Uint8Array.from(latin1, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return latin1; // what phoenix.js makes of "é": its btoa writes one byte for it
  }
}
