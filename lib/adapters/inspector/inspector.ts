/**
 * An inspector: a page that shows what an endpoint does, for its operators. Phoenix's LiveDashboard.
 *
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { inspector } from "@urvogel/realtime/inspector";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const inspect = inspector(endpoint, {
 *   authorize: (request) => request.headers.get("authorization") === `Bearer ${Deno.env.get("INSPECTOR_TOKEN")}`,
 * });
 * // Deno.serve(fetch)
 * const fetch = (request: Request, info?: Deno.ServeHandlerInfo) =>
 *   new URL(request.url).pathname.startsWith("/inspector") ? inspect(request, info) : endpoint.fetch(request, info);
 *
 * const response = await fetch(new Request("http://localhost/inspector"));
 * assertEquals(response.status, 403); // without the token
 * ```
 *
 * It can be mounted at any path, under any router. It shows connections, topics, processes, presences, nodes, crashes
 * and streams with history, live. Of other nodes too, if they have an inspector of the endpoint.
 *
 * ## JSON
 *
 * Below the path of the page, under the same authorization:
 *
 * | request | response |
 * | --- | --- |
 * | `GET api/<view>` | the view, as JSON |
 * | `GET api/live/<view>` | the same each second (`follow`: four times), as server-sent events; 503 if `maxLiveViews` are open |
 * | `POST api/close` | closes a connection; the body is `{"process": 7}` as `application/json` |
 *
 * | view | parameters | shows |
 * | --- | --- | --- |
 * | `overview` | `since` | what needs attention, the numbers of the endpoint, and those of each second of the last five minutes |
 * | `sockets` | `search`, or `id` | connections |
 * | `find` | `search`, or `id` | connections on all nodes, at most `limit`: each has its `node`; `failed` are nodes that could not be asked |
 * | `socket` | `process` | the channels of a connection |
 * | `topics` | `search`, `order` (`age`, `sent`) | topics with their members, rates and last events |
 * | `follow` | `topic`, `after` | what slows a topic, and what happened in it since it is followed |
 * | `processes` | `search`, `order` (`age`, `backlog`, `running`, `blocking`) | processes, with the time in their handlers |
 * | `process`, `state` | `process` | a process, its state |
 * | `tree` | `process`, `depth` | the supervision tree, or the part below a process |
 * | `presence` | `search` | topics of presences |
 * | `members` | `presence`, `topic` | who is in a topic |
 * | `nodes` | | the nodes of the cluster |
 * | `crashes` | | the last crashes |
 * | `history` | `search` | topics with history |
 *
 * Lists come in pages: `limit` (50, at most 1,000) and `offset`; `next` in a response is the offset of the next page.
 * `node` names another node. Refusals have a body such as `{"error":"not authorized"}`.
 *
 * ## What it costs
 *
 * Nothing is measured until the page or the JSON is requested, and no longer than 15 seconds after the last request.
 * What is slow is known some seconds after the first.
 *
 * Meanwhile all connections and processes are read once a second; if there are many, less often, so that it takes half a
 * percent of the time. At most a hundred servers that may be slow are measured. Views cost more while they are shown:
 * `processes` and `process` measure the time in the handlers of the servers that they show (in the order `blocking`, of
 * all), `topics` counts broadcasts, and `follow` creates telemetry events for all messages, which slows a busy server
 * down.
 *
 * With 10,000 busy connections an open page takes about one percent of the throughput, on any tab. A server of so many
 * connections that has nothing to do spends a few percent of a processor on it.
 *
 * ## What is not hidden
 *
 * Secrets are hidden in states, metas, details of nodes and payloads: the values of keys that contain `password`,
 * `token`, `secret`, or a word in `Socket.redactedKeys` of one of the sockets. Topics, ids, addresses, labels and the
 * messages of errors are shown as they are.
 *
 * @module
 */

import { isInstance } from "../../base/foreign.ts";
import type { Report } from "../../base/log.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { discardBody } from "../../transport/long_poll/posted_body.ts";
import { peerData, type ServeInfo } from "../../transport/request/connect_info.ts";
import { requestUrl } from "../../transport/request/url.ts";
import { HEADERS, pageResponse, scriptResponse } from "./_assets.ts";
import { type Authorize, Gate } from "./_gate.ts";
import { Inspection } from "./_inspection.ts";
import { logOf } from "./_log_of.ts";
import { type LiveLimits, LiveViews } from "./_live.ts";
import type { Plain } from "./_plain.ts";
import { readJson, textsOf } from "./_posted.ts";
import { ViewError } from "./_view_error.ts";
import type { QueryTexts } from "./_view_query.ts";
import { isViewName } from "./_views.ts";

export type { Authorize, LiveLimits, ServeInfo };

/** Options for {@linkcode inspector}. */
export interface InspectorOptions extends LiveLimits {
  /**
   * Decides whether a request may look into the endpoint. Called for each request, including those of the page's
   * scripts, and each minute again for a live view, which ends when its session has. Whoever may look sees topics, ids,
   * addresses and states of all users, and may close connections.
   *
   * Without it only clients on this machine may, who also have to use a name of this machine, such as `localhost`.
   * **Behind a proxy on the same machine, every client looks like that: then pass `authorize`.**
   *
   * @default {clients on this machine only}
   */
  readonly authorize?: Authorize;
}

/** The handler of an inspector. */
export interface Inspector extends Disposable {
  /**
   * Handles a request.
   *
   * @param request The request.
   * @param info The second argument of a `Deno.serve` handler; without it, nobody is known to be on this machine.
   */
  (request: Request, info?: ServeInfo): Promise<Response>;
  /** Ends the live views, and what is measured, at once instead of some seconds after the last request. */
  [Symbol.dispose](): void;
}

/** How often a live view is sent. */
const LIVE_MS = 1_000;
/** How often what happens in a topic is sent. */
const FOLLOW_MS = 250;
/** How often a live view asks whether its reader may still look. */
const AUTHORIZE_MS = 60_000;
/** When another live view may have ended, in seconds. */
const RETRY_AFTER_S = "5";
/** An action has a few short parameters. */
const MAX_POST_BYTES = 10_000;

/**
 * Creates the handler of an inspector of `endpoint`.
 *
 * @example Usage
 * ```ts
 * import { Endpoint, SessionCookie } from "@urvogel/realtime";
 * import { inspector } from "@urvogel/realtime/inspector";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const session = new SessionCookie<{ isAdmin: boolean }>({
 *   secret: "a long and random text from the environment",
 * });
 * // Only administrators who are logged in may look.
 * const inspect = inspector(endpoint, {
 *   authorize: async (request) => (await session.read(request.headers))?.data.isAdmin === true,
 * });
 *
 * const response = await inspect(new Request("http://localhost/inspector"));
 * assertEquals(response.status, 403); // without a session
 * inspect[Symbol.dispose]();
 * ```
 *
 * @example A password
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { inspector } from "@urvogel/realtime/inspector";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const password = "a long and random text from the environment";
 * const expected = `Basic ${btoa(`admin:${password}`)}`;
 * const asksForPassword = { status: 401, headers: { "www-authenticate": "Basic" } }; // so that a browser does
 * const inspect = inspector(endpoint, {
 *   authorize: ({ headers }) => headers.get("authorization") === expected || new Response(null, asksForPassword),
 * });
 *
 * const response = await inspect(new Request("http://localhost/inspector"));
 * assertEquals(response.status, 401);
 * inspect[Symbol.dispose]();
 * ```
 *
 * @param endpoint The endpoint.
 * @param options Who may look, and how much.
 * @returns The handler, to be mounted at any path.
 * @throws {RangeError} If a limit is out of range.
 */
export function inspector(endpoint: Endpoint, { authorize, ...limits }: InspectorOptions = {}): Inspector {
  const inspection = Inspection.of(endpoint);
  const live = new LiveViews(limits, () => inspection.isOver); // one would keep the server from shutting down
  const handler = new InspectorHandler({ endpoint, inspection, gate: new Gate(endpoint, authorize), live });
  const handle = async (request: Request, info?: ServeInfo) => {
    const response = await handler.handle(request, info);
    void discardBody(request); // one that nobody reads would keep Deno from shutting down
    return response;
  };
  return Object.assign(handle, { [Symbol.dispose]: () => handler.end() });
}

/** A request for a view. */
interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly info: ServeInfo | undefined;
}

interface HandlerParts {
  readonly endpoint: Endpoint;
  readonly inspection: Inspection;
  readonly gate: Gate;
  readonly live: LiveViews;
}

class InspectorHandler {
  readonly #endpoint: Endpoint;
  readonly #inspection: Inspection;
  readonly #gate: Gate;
  readonly #views: LiveViews;

  constructor({ endpoint, inspection, gate, live }: HandlerParts) {
    this.#endpoint = endpoint;
    this.#inspection = inspection;
    this.#gate = gate;
    this.#views = live;
  }

  end(): void {
    this.#views[Symbol.dispose]();
    this.#inspection[Symbol.dispose]();
  }

  async handle(request: Request, info: ServeInfo | undefined): Promise<Response> {
    const url = requestUrl(request);
    if (!url) return refuse(400, "the host is not valid");
    const refusal = await this.#gate.refusal(request, url, info);
    if (refusal !== undefined) return typeof refusal === "string" ? refuse(403, refusal) : refusal;
    try {
      return await this.#respond(request, url, info);
    } catch (thrown) {
      if (isInstance(thrown, ViewError)) return refuse(thrown.status, thrown.message);
      logOf(this.#endpoint).write("error", thrown, FAILED);
      return refuse(500, "the view failed");
    }
  }

  /** The end of the path says what is wanted; what is before it is where the inspector is mounted. */
  async #respond(request: Request, url: URL, info: ServeInfo | undefined): Promise<Response> {
    const [, folder, name = "", liveName] = /\/(api|assets)\/([\w.-]+)(?:\/([\w-]+))?$/.exec(url.pathname) ?? [];
    if (folder === "api" && name === "close") return await this.#close(request);
    if (request.method !== "GET") return refuse(405, "the method must be GET", { allow: "GET" });
    const script = folder === "assets" ? scriptResponse(name) : undefined;
    if (script) return script;
    const view = name === "live" ? liveName : name;
    const isView = folder === "api" && view !== undefined && isViewName(view);
    if (folder === undefined || (!isView && isNavigation(request))) return pageResponse(); // such as /api/inspector
    if (!isView) return refuse(404, "there is no such view");
    const texts = Object.fromEntries(url.searchParams);
    return name === "live"
      ? this.#live(view, texts, { request, url, info })
      : json(await this.#inspection.view(view, texts));
  }

  /** JSON cannot be sent by a form of another site, and its scripts would have to ask first. */
  async #close(request: Request): Promise<Response> {
    if (request.method !== "POST") return refuse(405, "the method must be POST", { allow: "POST" });
    const [type] = (request.headers.get("content-type") ?? "").split(";");
    if (type?.trim().toLowerCase() !== "application/json") {
      return refuse(415, "the content type must be application/json");
    }
    const posted = await readJson(request, MAX_POST_BYTES);
    const isObject = typeof posted === "object" && posted !== null;
    if (!isObject) return refuse(400, "the body must be a small JSON object");
    return json(await this.#inspection.close(textsOf(posted)));
  }

  #live(name: string, texts: QueryTexts, { request, url, info }: Asked): Response {
    let latest: QueryTexts = {};
    const everyMs = name === "follow" ? FOLLOW_MS : LIVE_MS;
    const turnsBetween = AUTHORIZE_MS / everyMs;
    let turns = 0;
    const show = async () => {
      const isDue = ++turns % turnsBetween === 0;
      if (isDue && await this.#gate.refusal(request, url, info) !== undefined) return undefined;
      const shown = await this.#inspection.view(name, { ...texts, ...latest });
      latest = nextOf(name, shown) ?? latest;
      return shown;
    };
    const body = this.#views.open({ show, everyMs, address: peerData(info?.remoteAddr)?.hostname });
    if (!body) return refuse(503, `${this.#views.max} live views are open already`, { "retry-after": RETRY_AFTER_S });
    const headers = { ...HEADERS, "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };
    return new Response(body, { headers });
  }
}

/** Whether a person opens a page, as opposed to a script that asks for data. */
function isNavigation({ headers }: Request): boolean {
  return headers.get("accept")?.includes("text/html") ?? false;
}

/** Parameters for the next turn of a live view, so that nothing is sent twice. */
function nextOf(name: string, shown: Plain): QueryTexts | undefined {
  const { samples, events } = shown as {
    readonly samples?: readonly { readonly time: number }[];
    readonly events?: readonly { readonly number: number }[];
  };
  const sample = name === "overview" ? samples?.at(-1) : undefined;
  if (sample) return { since: `${sample.time}` };
  const event = name === "follow" ? events?.at(-1) : undefined;
  return event && { after: `${event.number}` };
}

function json(value: Plain): Response {
  return Response.json(value, { headers: HEADERS });
}

function refuse(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error }, { status, headers: { ...HEADERS, ...headers } });
}

const FAILED: Report<unknown> = {
  kind: "failed view of the inspector",
  describe: (error) => ({ message: "a view of the inspector failed", fields: { error } }),
};
