/**
 * Checks whether a request is a WebSocket handshake. Faults are worded as by Phoenix's web server.
 *
 * @module
 */

/**
 * Checks a request against RFC 6455, section 4.2.1.
 *
 * @param request The request.
 * @returns What is wrong, or `undefined` if nothing is.
 */
export function handshakeFault(request: Request): string | undefined {
  const { headers } = request;
  return mustContain(headers, "connection", "upgrade") ??
    mustContain(headers, "upgrade", "websocket") ??
    keyFault(headers.get("sec-websocket-key")) ??
    mustEqual(headers, "sec-websocket-version", "13");
}

function mustContain(headers: Headers, name: string, wanted: string): string | undefined {
  const values = headers.get(name)?.split(",").map((value) => value.trim().toLowerCase()) ?? [];
  if (values.includes(wanted)) return undefined;
  return `'${name}' header must contain '${wanted}', got ${list(headers.get(name))}`;
}

function mustEqual(headers: Headers, name: string, wanted: string): string | undefined {
  if (headers.get(name) === wanted) return undefined;
  return `'${name}' header must equal '${wanted}', got ${list(headers.get(name))}`;
}

/** 16 bytes in base64. Two headers arrive as one value with a comma, which does not match either. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

function keyFault(key: string | null): string | undefined {
  if (!key) return "'sec-websocket-key' header is absent";
  return KEY.test(key) ? undefined : "'sec-websocket-key' header must be 16 bytes in base64";
}

function list(value: string | null): string {
  return JSON.stringify(value === null ? [] : [value]);
}
