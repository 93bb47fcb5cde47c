/**
 * Checks what the server says, in development: the compiler checks types, but not the length of a text, nor what was
 * cast.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { isThenable } from "../base/thenable.ts";
import { isLibraryEvent } from "../protocol/event_names.ts";
import type { Contract } from "./contract.ts";
import type { Issue } from "./issue.ts";
import type { Schema } from "./schema.ts";
import { validate, type Validated } from "./validate.ts";

/**
 * Checks messages of the server against a contract. Nothing is transformed: what was passed in is sent.
 *
 * A schema that is asynchronous cannot hold a message back. Its error is reported later, with the stack of the line
 * that sent the message.
 */
export class OutgoingCheck {
  readonly #contract: Contract;
  readonly #onLate: (error: unknown, event: string) => void;

  /**
   * Creates a check.
   *
   * @param onLate Receives the errors of asynchronous schemas.
   */
  constructor(contract: Contract, onLate: (error: unknown, event: string) => void) {
    this.#contract = contract;
    this.#onLate = onLate;
  }

  /**
   * Checks the payload of an event.
   *
   * @param action What is done with it, such as `"push"`.
   * @throws {TypeError} If it does not fit, or there is no such event.
   */
  assertPayload(action: string, event: string, payload: unknown): void {
    const { out = {} } = this.#contract;
    if (Object.hasOwn(out, event)) this.#assert(`${action} ${quoted(event)}`, event, out[event]!.payload, payload);
    else if (!isLibraryEvent(event)) {
      throw new TypeError(`Cannot ${action} ${quoted(event)}: the contract has no such event; add it to "out"`);
    }
  }

  /** Checks a reply with status `"ok"` to a client's event. @throws {TypeError} If it does not fit. */
  assertReply(event: string, response: unknown): void {
    const schema = this.#contract.in?.[event]?.reply;
    if (schema) this.#assert(`reply to ${quoted(event)}`, event, schema, response);
  }

  /** Checks the response to an accepted join. @throws {TypeError} If it does not fit. */
  assertJoinReply(event: string, response: unknown): void {
    const schema = this.#contract.join?.reply;
    if (schema) this.#assert("reply to the join", event, schema, response);
  }

  #assert(action: string, event: string, schema: Schema, value: unknown): void {
    const validated = validate(schema, value);
    if (!isThenable(validated)) return assertValid(validated, (text) => new TypeError(text), action);
    const error = new TypeError(`Cannot ${action}`); // created here, so that its stack names the line
    const fill = (text: string) => Object.assign(error, { message: text });
    Promise.resolve(validated)
      .then((validated) => assertValid(validated, fill, action))
      .catch((thrown) => this.#onLate(thrown, event));
  }
}

function assertValid(validated: Validated, errorOf: (text: string) => Error, action: string): void {
  if (validated.kind === "valid") return;
  throw errorOf(`Cannot ${action}: it does not fit the contract: ${validated.issues.map(describe).join("; ")}`);
}

function describe({ message, path }: Issue): string {
  return path.length === 0 ? message : `${message} (at ${path.map((key) => quoted(key)).join(", ")})`;
}
