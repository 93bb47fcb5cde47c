/**
 * Validates what clients answer to requests, by the contract of the channel.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import { quoted } from "../../base/printable.ts";
import { whenSettled } from "../../base/thenable.ts";
import type { Contract } from "../../contract/contract.ts";
import { validate, type Validated } from "../../contract/validate.ts";
import { reportCrash } from "../../otp/process/crash_report.ts";
import { exitReasonOf } from "../../otp/process/exit_reason.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { INVALID_ANSWER } from "../../protocol/error_reasons.ts";
import { type ChannelReporting, reportInvalid } from "../_channel_reports.ts";

/** The process of a channel. */
export interface AnsweredProcess extends Pid<never> {
  /** Its parent, the parent of that, and so on. */
  readonly ancestors: readonly Pid<never>[];
  /** The contract of the channel, if it has one. */
  readonly contract: Contract | undefined;
  /** How its events are reported. */
  readonly reporting: ChannelReporting;
}

/**
 * Validates the answer to the request `event`. Without a contract, or a `reply` in it, any answer is valid. A schema
 * that throws is reported, and the answer is invalid: nobody has validated it.
 */
export function validateAnswer(
  process: AnsweredProcess,
  event: string,
  response: unknown,
): MaybePromise<Validated> {
  const out = process.contract?.out;
  const schema = out && Object.hasOwn(out, event) ? out[event]!.reply : undefined;
  if (schema === undefined) return { kind: "valid", value: response };
  return whenSettled(
    () => validate(schema, response),
    (validated) => reported(process, event, validated),
    (thrown) => failed(process, event, thrown),
  );
}

function reported({ reporting }: AnsweredProcess, event: string, validated: Validated): Validated {
  if (validated.kind === "invalid") {
    reportInvalid(reporting, event, { reason: INVALID_ANSWER, issues: validated.issues });
  }
  return validated;
}

function failed(process: AnsweredProcess, event: string, thrown: unknown): Validated {
  const during = `the schema of the answer to ${quoted(event)}`;
  reportCrash({ pid: process, during, error: exitReasonOf(thrown), ancestors: process.ancestors });
  return { kind: "invalid", issues: [] };
}
