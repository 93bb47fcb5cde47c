/**
 * Validates what clients send to a channel with a contract, before the channel gets it.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { quoted } from "../../base/printable.ts";
import { isThenable, whenDone } from "../../base/thenable.ts";
import type { Contract } from "../../contract/contract.ts";
import type { Issue } from "../../contract/issue.ts";
import { OutgoingCheck } from "../../contract/outgoing_check.ts";
import { type Valid, validate, type Validated } from "../../contract/validate.ts";
import { reportCrash } from "../../otp/process/crash_report.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import { INVALID_PAYLOAD, UNMATCHED_EVENT, VALIDATION_CRASHED } from "../../protocol/error_reasons.ts";
import { PHX_JOIN } from "../../protocol/events.ts";
import { withoutLibraryParams } from "../../protocol/library_params.ts";
import type { ChannelContext } from "../_channel_context.ts";
import { type ChannelReporting, reportInvalid } from "../_channel_reports.ts";
import type { IncomingPush } from "../incoming_push.ts";

/** What a client gets whose message is refused. */
export interface RefusedResponse {
  /** Why, from the table of reasons. */
  readonly reason: string;
  /** What is wrong with the payload. */
  readonly issues?: readonly Issue[];
}

/** A message that the channel does not get. */
export interface Refused {
  /** The kind of result. */
  readonly kind: "refused";
  /** The error reply; none if the client has sent so many of them that its connection was closed. */
  readonly response: RefusedResponse | undefined;
}

/** What becomes of a message: the channel gets the value, or the client an error. */
export type Admission = Valid<unknown> | Refused;

/** The channel behind a gate. */
export interface Guarded {
  /** How its events are reported. */
  readonly reporting: ChannelReporting;
}

/** Validates the messages to one channel. */
export class ContractGate {
  /** Checks what the channel says, if the endpoint wants that. */
  readonly outgoing: OutgoingCheck | undefined;
  readonly #contract: Contract;
  readonly #context: ChannelContext;
  readonly #channel: Guarded;

  /** Creates the gate of a channel. */
  constructor(contract: Contract, context: ChannelContext, channel: Guarded) {
    this.#contract = contract;
    this.#context = context;
    this.#channel = channel;
    if (context.shared.validateOut) this.outgoing = new OutgoingCheck(contract, (...late) => this.#report(...late));
  }

  /**
   * Validates the parameters of a join, without those of the library.
   *
   * @throws What the schema throws: then the join has crashed.
   */
  admitJoin(params: unknown): MaybePromise<Admission> {
    const declared = this.#contract.join?.params;
    if (declared === undefined) return { kind: "valid", value: params };
    const validated = validate(declared, withoutLibraryParams(params));
    return whenDone(validated, (validated) => this.#decide(PHX_JOIN, validated));
  }

  /** Validates a message. A schema that throws does not harm the channel, which has not seen the message yet. */
  admit({ event, payload }: IncomingPush): MaybePromise<Admission> {
    const events = this.#contract.in;
    if (events === undefined || typeof event !== "string" || !Object.hasOwn(events, event)) {
      return this.#refuse(event, { reason: UNMATCHED_EVENT });
    }
    try { // not `whenSettled`: each message comes here, and without a promise it needs no closures
      const validated = validate(events[event]!.payload, payload);
      if (!isThenable(validated)) return this.#decide(event, validated);
      return Promise.resolve(validated).then(
        (validated) => this.#decide(event, validated),
        (thrown) => this.#fail(event, thrown),
      );
    } catch (thrown) {
      return this.#fail(event, thrown);
    }
  }

  #decide(event: string, validated: Validated): Admission {
    if (validated.kind === "valid") return validated;
    return this.#refuse(event, { reason: INVALID_PAYLOAD, issues: validated.issues });
  }

  #refuse(event: unknown, response: RefusedResponse): Refused {
    reportInvalid(this.#channel.reporting, event, response);
    return { kind: "refused", response: this.#context.answers.mayGoOn() ? response : undefined };
  }

  /** A mistake of the schema. It does not count as a refusal: the client may have done nothing wrong. */
  #fail(event: string, thrown: unknown): Refused {
    this.#report(thrown, event);
    return { kind: "refused", response: { reason: VALIDATION_CRASHED } };
  }

  #report(thrown: unknown, event: string): void {
    const pid = this.#context.self;
    const during = `the schema of ${quoted(event)}`;
    reportCrash({ pid, during, error: exitReasonOf(thrown), ancestors: pid.ancestors });
  }
}
