/**
 * Decides who may see the inspector.
 *
 * @module
 */

import type { Report } from "../../base/log.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { peerData, type ServeInfo } from "../../transport/request/connect_info.ts";
import { isLoopback } from "../_loopback.ts";
import { logOf } from "./_log_of.ts";

/**
 * Decides whether a request may look into the endpoint: by a session cookie, a token, or what a proxy in front has
 * checked. Only `true` allows it. A `Response` is sent instead: one that makes a browser ask for a password, or leads
 * to a login. Anything else is refused with 403.
 */
export type Authorize = (
  request: Request,
  info: ServeInfo | undefined,
) => boolean | Response | Promise<boolean | Response>;

/** Headers of requests that a proxy has passed on: then the peer is the proxy, wherever the client is. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/** Checks requests. */
export class Gate {
  readonly #endpoint: Endpoint;
  readonly #authorize: Authorize;

  /** Creates a gate with the application's decision; by default it lets in this machine only. */
  constructor(endpoint: Endpoint, authorize: Authorize = isThisMachine) {
    this.#endpoint = endpoint;
    this.#authorize = authorize;
  }

  /**
   * Decides about a request.
   *
   * @returns Why it is refused, or what the application responds instead; `undefined` if it is not.
   */
  async refusal(request: Request, url: URL, info: ServeInfo | undefined): Promise<string | Response | undefined> {
    if (isForeign(request, url)) return "the page that sent this belongs to another origin";
    try {
      const decision = await this.#authorize(request, info);
      if (decision instanceof Response) return decision;
      return decision === true ? undefined : "not authorized";
    } catch (error) {
      logOf(this.#endpoint).write("error", error, FAILED);
      return "not authorized";
    }
  }
}

/**
 * Returns whether another site's page sent the request. A link from elsewhere to the page itself is fine: it reveals
 * nothing to the other site, and frames are forbidden.
 */
function isForeign({ method, headers }: Request, url: URL): boolean {
  const origin = headers.get("origin");
  if (origin !== null && URL.parse(origin)?.host !== hostOf(headers, url)) return true;
  const site = headers.get("sec-fetch-site");
  if (site === null || site === "same-origin" || site === "none") return false;
  return !(method === "GET" && headers.get("sec-fetch-mode") === "navigate");
}

/** The host as the browser knows it. The scheme is left out: behind a proxy that ends TLS, it is another one here. */
function hostOf(headers: Headers, url: URL): string {
  const host = headers.get("host");
  return host === null ? url.host : URL.parse(`http://${host}`)?.host ?? "";
}

/**
 * The default: a client on this machine that used a name of this machine. The name is compared because of pages whose
 * own name was made to lead to 127.0.0.1 (DNS rebinding).
 */
function isThisMachine(request: Request, info: ServeInfo | undefined): boolean {
  const peer = peerData(info?.remoteAddr);
  if (!peer || !isLoopback(peer.hostname) || FORWARDED.some((name) => request.headers.has(name))) return false;
  return isLoopback(new URL(request.url).hostname);
}

const FAILED: Report<unknown> = {
  kind: "failed authorization of the inspector",
  describe: (error) => ({
    message: "authorize of the inspector failed, and the request was refused",
    fields: { error },
  }),
};
