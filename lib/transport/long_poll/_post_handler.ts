/**
 * Handles posts: reads the body, and passes its messages to their session.
 *
 * @module
 */

import { nextTurn, type Pauses } from "../../base/pause.ts";
import type { LimitName } from "../../limits/limit_name.ts";
import { limitHit } from "../../limits/telemetry.ts";
import { type PostedLine, postedLines } from "./_body.ts";
import type { LongPollLimits } from "./options.ts";
import type { BodyFault, PostedRequest } from "./posted_body.ts";
import { status } from "./_responses.ts";
import type { LongPollSession } from "./_session.ts";

/** How many messages of a request are handled before other work gets its turn. */
const MESSAGES_A_TURN = 100;
const BYTES_A_TURN = 65_536;

/** Handles the posts of one mount. */
export class PostHandler {
  readonly #limits: LongPollLimits;
  readonly #pauses: Pauses;

  /** Creates a handler. */
  constructor(limits: LongPollLimits, pauses: Pauses) {
    this.#limits = limits;
    this.#pauses = pauses;
  }

  /** Handles a post to a session. */
  async handle(session: LongPollSession, request: PostedRequest): Promise<Response> {
    if (!session.isOpen) return status(410);
    const response = await this.#read(session, request);
    if (response) return response;
    // As in Phoenix, whose request waits in vain for a session that a malformed message has ended.
    await this.#pauses.pause(this.#limits.windowMs);
    return status(408);
  }

  /** Reads the body and takes its messages. Returns `undefined` if one of them has ended the session. */
  async #read(session: LongPollSession, request: PostedRequest): Promise<Response | undefined> {
    using body = session.posts.take(request);
    if (!body) return this.#refuse("maxRequests", 429, session);
    const fault = await body.read;
    if (fault) return this.#refuseBody(fault, session);
    const contentType = request.headers.get("content-type");
    return await this.#take(postedLines(body.bytes, contentType, this.#limits.maxFrameBytes), session);
  }

  /** Passes messages to their session, as long as it is open. Other work gets its turn after every batch of them. */
  async #take(lines: Iterable<PostedLine>, session: LongPollSession): Promise<Response | undefined> {
    let [messages, bytes] = [0, 0];
    for (const line of lines) {
      if (line.kind === "tooLarge") return this.#refuse("maxFrameBytes", 413, session);
      if (line.kind === "malformed") return status(400, 400, { error: "a line must be a JSON array or base64" });
      session.receive(line.frame);
      if (!session.isOpen) return undefined;
      [messages, bytes] = [messages + 1, bytes + line.bytes];
      if (messages < MESSAGES_A_TURN && bytes < BYTES_A_TURN) continue;
      [messages, bytes] = [0, 0];
      await nextTurn();
    }
    return session.isOpen ? status(200) : undefined;
  }

  #refuseBody(fault: BodyFault, session: LongPollSession): Response {
    switch (fault) {
      case "tooLarge":
        return this.#refuse("maxPostBytes", 413, session);
      case "tooMuch":
        return this.#refuse("maxPostBytes", 429, session);
      case "late":
        return this.#refuse("bodyTimeoutMs", 408, session);
      case "broken":
        return status(400, 400, { error: "the body broke off" });
      case "over":
        return status(410);
    }
  }

  #refuse(limit: LimitName & keyof LongPollLimits, httpStatus: number, session: LongPollSession): Response {
    const max = this.#limits[limit];
    limitHit(limit, { max, connection: session });
    return status(httpStatus, httpStatus, { error: `${limit} is ${max}` });
  }
}
