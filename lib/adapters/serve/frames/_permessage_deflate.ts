/**
 * Negotiates compression with a client: permessage-deflate, RFC 7692.
 *
 * The server compresses each message alone, with the largest window, and asks the client to do the same. An offer that
 * asks the server for a smaller window is skipped, since its messages could not be shared with other clients.
 *
 * @module
 */

const NAME = "permessage-deflate";
const ANSWER = `${NAME}; server_no_context_takeover; client_no_context_takeover`;
const LARGEST_WINDOW_BITS = "15";

/**
 * Picks the first offer that the server can accept.
 *
 * @param header The value of `Sec-WebSocket-Extensions`.
 * @returns The server's answer, for the same header, or `undefined` if nothing is compressed.
 */
export function agreedDeflate(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const offer of header.split(",")) {
    const [name, ...parameters] = offer.split(";").map((part) => part.trim());
    if (name !== NAME) continue;
    const answer = answerTo(parameters);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/**
 * Returns the answer to one offer. An unknown, invalid or repeated parameter makes the whole offer invalid (section 7).
 */
function answerTo(parameters: readonly string[]): string | undefined {
  const seen = new Map(parameters.map((parameter) => {
    const [name = "", value] = parameter.split("=", 2);
    return [name.trim(), value?.trim().replace(/^"(.*)"$/, "$1")] as const;
  }));
  if (seen.size < parameters.length) return undefined;
  let answer = ANSWER;
  for (const [name, value] of seen) {
    switch (name) {
      case "client_no_context_takeover":
      case "server_no_context_takeover":
        if (value !== undefined) return undefined;
        break;
      case "client_max_window_bits":
        if (value !== undefined && !WINDOW_BITS.test(value)) return undefined;
        break;
      case "server_max_window_bits":
        if (value !== LARGEST_WINDOW_BITS) return undefined;
        answer += `; ${name}=${value}`;
        break;
      default:
        return undefined;
    }
  }
  return answer;
}

const WINDOW_BITS = /^([89]|1[0-5])$/;
