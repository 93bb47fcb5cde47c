/**
 * permessage-deflate (RFC 7692) from the side of a client that takes the server at its word.
 *
 * @module
 */

import { constants, inflateRawSync } from "node:zlib";
import type { Incoming } from "../../support/raw_client.ts";
import { Opcode } from "../../support/ws_frame.ts";

const NAME = "permessage-deflate";
/** What a sender leaves out behind each message. */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const LARGEST_WINDOW_BITS = 15;

/** The parameters of one extension in a header's value, `true` for those without a value. */
function parametersOf(extension: string): Map<string, string | true> {
  const [, ...parameters] = extension.split(";").map((part) => part.trim());
  return new Map(parameters.map((parameter) => {
    const [name = "", value] = parameter.split("=");
    return [name, value?.replaceAll('"', "") ?? true];
  }));
}

/**
 * Checks a server's answer to an offer: it may only name what was offered, with parameters that RFC 7692 (section 7.1)
 * allows it to.
 *
 * @returns What is wrong, or `undefined` if nothing is.
 */
export function negotiationFault(offer: string | undefined, answer: string | null): string | undefined {
  if (answer === null) return undefined;
  const fault = `negotiated ${answer}`;
  if (answer.includes(",") || !answer.startsWith(NAME)) return fault;
  const answered = parametersOf(answer);
  const fits = (offer ?? "").split(",").some((one) =>
    one.trim().startsWith(NAME) && fitsOffer(parametersOf(one), answered)
  );
  return fits ? undefined : fault;
}

function fitsOffer(offered: Map<string, string | true>, answered: Map<string, string | true>): boolean {
  for (const name of answered.keys()) {
    if (name === "client_max_window_bits" && !offered.has(name)) return false;
    if (!PARAMETERS.has(name)) return false;
  }
  if (offered.has("server_no_context_takeover") && !answered.has("server_no_context_takeover")) return false;
  const bits = offered.get("server_max_window_bits");
  return bits === undefined || Number(answered.get("server_max_window_bits")) <= Number(bits);
}

const PARAMETERS = new Set([
  "server_no_context_takeover",
  "client_no_context_takeover",
  "server_max_window_bits",
  "client_max_window_bits",
]);

/** Inflates what comes, within the window that the server has promised. */
export class Inflater {
  readonly #windowBits: number | undefined;

  /** For a server's answer; without one, nothing is compressed. */
  constructor(answer: string | null) {
    if (answer === null) return;
    this.#windowBits = Number(parametersOf(answer).get("server_max_window_bits") ?? LARGEST_WINDOW_BITS);
  }

  /** The message that a compressed frame holds; anything else as it is. */
  inflated(incoming: Incoming): Incoming {
    if (this.#windowBits === undefined || incoming.kind !== "other") return incoming;
    const { opcode, rsv, fin, payload } = incoming.frame;
    if (rsv !== 4 || !fin) return incoming;
    const data = this.#inflate(payload, this.#windowBits);
    if (opcode === Opcode.binary) return { kind: "binary", data };
    return opcode === Opcode.text ? { kind: "text", text: new TextDecoder().decode(data) } : incoming;
  }

  #inflate(payload: Uint8Array, windowBits: number): Uint8Array {
    const bytes = new Uint8Array(payload.length + TAIL.length);
    bytes.set(payload);
    bytes.set(TAIL, payload.length);
    return new Uint8Array(inflateRawSync(bytes, { windowBits, finishFlush: constants.Z_SYNC_FLUSH }));
  }
}
