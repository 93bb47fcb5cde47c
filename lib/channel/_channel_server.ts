/**
 * The process of one joined topic: calls the user's channel and acts on its results.
 *
 * It is long because the join and the messages after it share the state of one channel. An object for each of them
 * would cost memory in every joined topic.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";
import { quoted } from "../base/printable.ts";
import { isThenable, whenDone, whenSettled } from "../base/thenable.ts";
import type { Contract } from "../contract/contract.ts";
import type { CallResult, InfoResult, InitResult } from "../otp/server/behaviour.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { ServerStatus } from "../otp/process/server_status.ts";
import type { From } from "../otp/server/call.ts";
import { type ExitReason, isExpectedExit } from "../otp/process/exit_reason.ts";
import { isResult } from "../otp/process/marked_result.ts";
import {
  type After,
  continueWith,
  ignore,
  type NoReply,
  noreply,
  ok,
  type Reply,
  type Stop,
  stop,
} from "../otp/server/result.ts";
import { PHX_JOIN } from "../protocol/events.ts";
import type { ClientMessage, Frame } from "../protocol/message.ts";
import type { JsonObject, JsonOrBytes, Payload } from "../protocol/payload.ts";
import { Broadcast } from "../pubsub/broadcast.ts";
import { History } from "../history/history.ts";
import { withoutLibraryParams } from "../protocol/library_params.ts";
import { type Channel, type ChannelClass, JOINED } from "./channel.ts";
import { CheckedPush } from "./contracts/_checked_push.ts";
import { CheckedSocket } from "./contracts/_checked_socket.ts";
import type { ChannelContext } from "./_channel_context.ts";
import type { ChannelBehaviour } from "./channel_process.ts";
import type { Excess } from "../limits/excess.ts";
import { type Admission, ContractGate, type Refused } from "./contracts/_contract_gate.ts";
import { ChannelLimits } from "./_channel_limits.ts";
import { type ChannelReporting, type JoinReport, reportHandledIn, reportJoin } from "./_channel_reports.ts";
import { ChannelSocket } from "./channel_socket.ts";
import { type Admitting, HistoryMember } from "./history/_history_member.ts";
import { type HandlerSpan, handlerTracing, type HandlerWork } from "./handler_tracing.ts";
import type { HandleInResult, JoinResult } from "./handlers.ts";
import { Leave, LEFT, Refreshed, REMOVED, Removed, TransportDown } from "./_channel_messages.ts";
import { IncomingPush, REPLY } from "./incoming_push.ts";
import { JoiningSocket } from "./joining_socket.ts";
import { PushCopy } from "./repeats/_push_copy.ts";
import { okOrRefuse } from "./_ok_or_refuse.ts";
import { request, type RequestOptions } from "./requests/request.ts";
import { channelHandledIn, channelJoined } from "./telemetry.ts";

/** The result of a join. */
export type JoinOutcome =
  | {
    readonly outcome: "joined";
    readonly answer: Frame;
    /** The frames that follow: where the client stands in the history of the topic, and what it has missed. */
    readonly state: readonly Frame[];
  }
  | { readonly outcome: "refused"; readonly answer: Frame; readonly reason: unknown }
  | { readonly outcome: "overLimit"; readonly excess: Excess }
  | { readonly outcome: "crashed" };

const CRASHED: JoinOutcome = { outcome: "crashed" };
const NO_FRAMES: readonly Frame[] = [];
// The usual result of handling a message: created once.
const GO_ON: NoReply<undefined> = noreply();
/** The continue argument after a join. Users cannot access it. */
const AFTER_JOIN = Symbol("afterJoin");

/**
 * Runs a channel as a server process. The state is kept in the user's channel and socket, so the server's own state is
 * `undefined`.
 */
export class ChannelServer<A extends object> implements ChannelBehaviour {
  readonly #Channel: ChannelClass<A>;
  #channel!: Channel<A>; // set in `init`
  #socket: ChannelSocket<A>;
  #joining: { readonly socket: JoiningSocket<A>; readonly message: ClientMessage } | undefined;
  readonly #context: ChannelContext;
  readonly #onClosing: () => void;
  #outcome: JoinOutcome = CRASHED;
  #limits: ChannelLimits | undefined;
  #gate: ContractGate | undefined; // with a contract
  #member: HistoryMember | undefined; // with history
  #joinStartedAt = 0; // unless reports are wanted
  #joinSpan: HandlerSpan | undefined; // while a traced join is decided
  #logsHandleIn = false;
  #isPlain = true; // messages are neither validated nor logged

  /**
   * Creates the server of a channel that has not joined.
   *
   * @param message The client's request to join.
   * @param onClosing Called before `terminate` when the channel stops normally, by itself or because its client left.
   */
  constructor(
    Channel: ChannelClass<A>,
    message: ClientMessage,
    context: ChannelContext,
    onClosing: () => void,
  ) {
    this.#Channel = Channel;
    this.#context = context;
    this.#joining = { socket: new JoiningSocket(context), message };
    this.#socket = new ChannelSocket(context);
    this.#onClosing = onClosing;
  }

  /**
   * Returns the result of the join, after the process has started or failed to start. Call it only once: the result may
   * be large and is released.
   */
  takeOutcome(): JoinOutcome {
    const outcome = this.#outcome;
    this.#outcome = CRASHED;
    return outcome;
  }

  /** The user's channel. Available after the process has started. */
  get channel(): Channel<A> {
    return this.#channel;
  }

  /** See {@linkcode Channel.shutdownMs}. Available after the process has started. */
  get shutdownMs(): number {
    return this.#channel.shutdownMs;
  }

  /** See {@linkcode Channel.maxPendingRequests}. Available after the process has started. */
  get maxPendingRequests(): number {
    return this.#channel.maxPendingRequests;
  }

  /** The contract of the channel, if it has one. Available after the process has started. */
  get contract(): Contract | undefined {
    return this.#channel.contract;
  }

  /** Sends the client a request and waits for the answer. */
  request(event: string, payload: JsonObject, options?: RequestOptions): Promise<unknown> {
    return request(this.#context, event, payload, options);
  }

  /** Reports that the channel did not end in time. */
  reportLate(): void {
    this.#context.membership.reportLimit("shutdownMs", this.shutdownMs);
  }

  /** The limits that the channel declares, if any. Available after the process has started. */
  get limits(): ChannelLimits | undefined {
    return this.#limits;
  }

  /** Calls `join` of the user's channel. */
  init(): MaybePromise<InitResult<undefined>> {
    const { shared, shared: { log } } = this.#context;
    if (channelJoined.hasListeners) {
      this.#joinStartedAt = performance.now();
      this.#joinSpan = handlerTracing.begin(() => traced("join", this.reporting));
    }
    this.#channel = new this.#Channel() as Channel<A>; // checked when the socket was mounted
    if (log.wants(this.#channel.logJoin)) this.#joinStartedAt ||= performance.now();
    this.#logsHandleIn = log.wants(this.#channel.logHandleIn);
    this.#limits = ChannelLimits.of(this.#channel);
    checkAtLeast("end channel in time", "shutdownMs", this.#channel.shutdownMs, 0);
    checkAtLeast("limit requests", "maxPendingRequests", this.#channel.maxPendingRequests, 0);
    const { contract } = this.#channel;
    if (contract !== undefined) this.#followContract(contract);
    this.#isPlain = contract === undefined && !this.#logsHandleIn;
    const { socket, message } = this.#joining!;
    this.#joining = undefined; // may be large, and is no longer needed
    const excess = this.#limits?.excessOfJoin(message.payload);
    if (excess) {
      this.#outcome = { outcome: "overLimit", excess };
      return ignore();
    }
    const { payload, ref } = message;
    const history = History.of(shared.pubsub);
    if (history?.hasTopic(socket.topic)) return this.#joinKept(history, message, socket);
    if (this.#gate) return this.#admitJoin(this.#gate.admitJoin(payload), socket, ref);
    return this.#join(payload, socket, ref);
  }

  /** Joins a topic with history, without the parameter that asks for what was missed. */
  #joinKept(
    history: History,
    { payload, ref }: ClientMessage,
    socket: JoiningSocket<A>,
  ): MaybePromise<InitResult<undefined>> {
    this.#member = new HistoryMember(this.#context, history, payload);
    const params = withoutLibraryParams(payload);
    if (this.#gate) return this.#admitJoin(this.#gate.admitJoin(params), socket, ref);
    return this.#join(params, socket, ref);
  }

  #followContract(contract: Contract): void {
    this.#gate = new ContractGate(contract, this.#context, this);
    const { outgoing } = this.#gate;
    if (outgoing) this.#socket = new CheckedSocket(this.#context, outgoing);
  }

  #join(params: unknown, socket: JoiningSocket<A>, ref: unknown): MaybePromise<InitResult<undefined>> {
    const join = () => this.#channel.join(socket.topic, params as JsonOrBytes, socket); // a contract allows other types
    const result = this.#joinSpan ? this.#joinSpan.run(join) : join();
    if (!isResult(result) && isThenable(result)) return this.#joinLater(result, ref);
    return this.#joined(result, ref);
  }

  /** Calls `join` with the parameters that the contract lets through. */
  #admitJoin(
    admission: MaybePromise<Admission>,
    socket: JoiningSocket<A>,
    ref: unknown,
  ): MaybePromise<InitResult<undefined>> {
    if (isThenable(admission)) return this.#admitJoinLater(admission, socket, ref);
    if (admission.kind === "valid") return this.#join(admission.value, socket, ref);
    const { response } = admission;
    const answer = this.#context.membership.encodeJoinReply(ref, "error", response);
    this.#outcome = { outcome: "refused", answer, reason: response };
    return ignore();
  }

  /** Waits for an async schema. The parameters are counted as in {@linkcode #joinLater}. */
  async #admitJoinLater(
    admission: PromiseLike<Admission>,
    socket: JoiningSocket<A>,
    ref: unknown,
  ): Promise<InitResult<undefined>> {
    const { self, membership: { backlog } } = this.#context;
    const weight = backlog.handOverJoin();
    const admitted = await Promise.resolve(admission).finally(() => backlog.settle(weight));
    if (!self.alive) return ignore(); // given up
    backlog.putJoin(weight); // it waits again, for `join`
    return await this.#admitJoin(admitted, socket, ref);
  }

  /**
   * Waits for an async join. Its parameters stay in memory, so they are counted until it settles, even if it is given
   * up before.
   */
  #joinLater(result: PromiseLike<JoinResult>, ref: unknown): Promise<InitResult<undefined>> {
    const { backlog } = this.#context.membership;
    const weight = backlog.handOverJoin();
    return Promise.resolve(result).then((result) => {
      backlog.settle(weight);
      return this.#joined(result, ref);
    }, (thrown) => {
      backlog.settle(weight);
      throw thrown;
    });
  }

  /** Reports the result of the join of `message`, if reports are wanted. */
  reportJoin(join: JoinReport, { payload }: ClientMessage): void {
    if (this.#joinStartedAt > 0) reportJoin(this.reporting, join, payload, this.#joinStartedAt);
    this.#joinSpan?.end(join.result);
    this.#joinSpan = undefined;
  }

  /** Handles all messages that are not calls. One branch for each kind of message. */
  handleInfo(message: unknown): MaybePromise<InfoResult<undefined>> {
    if (message instanceof IncomingPush) return this.#handlePush(message);
    if (message instanceof Broadcast && this.#isOutgoing(message)) return this.#handleOut(message);
    if (message instanceof PushCopy) return this.#handleCopy(message);
    if (message instanceof Leave) {
      this.#context.membership.replyLeft(message.ref);
      return this.#stop(LEFT);
    }
    if (message instanceof Removed) return this.#stop(REMOVED);
    if (message instanceof TransportDown) return stop(message.reason);
    if (message instanceof Refreshed) {
      this.#context.assigns = message.assigns;
      return this.#andThen(this.#channel.handleRefresh(this.#socket));
    }
    return this.#andThen(this.#channel.handleInfo(message, this.#socket));
  }

  /** Handles calls to the channel's process. */
  handleCall(name: string, request: unknown, from: From<unknown>): MaybePromise<CallResult<unknown, undefined>> {
    const handlers = this.#channel.handleCall;
    if (!Object.hasOwn(handlers, name)) {
      throw new TypeError(`Cannot handle call "${name}": there is no handler for it; add it to handleCall`);
    }
    const result = handlers[name]!.call(this.#channel, request as never, this.#socket, from);
    return whenDone(result, (result) => this.#announce(result));
  }

  /** Runs after the join's reply. */
  handleContinue(argument: unknown): MaybePromise<InfoResult<undefined>> {
    if (argument !== AFTER_JOIN) {
      throw new TypeError("Cannot continue: a channel has no handleContinue; send to socket.self, for handleInfo");
    }
    const missed = this.#member?.takeMissed() ?? [];
    return missed.length > 0 ? this.#replay(missed) : this.#afterJoin();
  }

  #afterJoin(): MaybePromise<InfoResult<undefined>> {
    const done = this.#channel.afterJoin(this.#socket);
    return isThenable(done) ? Promise.resolve(done).then(() => GO_ON) : GO_ON;
  }

  /** Passes what the client has missed through `handleOut`, before anything else. */
  async #replay(missed: readonly Broadcast[]): Promise<InfoResult<undefined>> {
    for (const broadcast of missed) {
      if (!this.#context.self.alive) return GO_ON;
      const result = await this.#handleOut(broadcast);
      if (result.next !== "noreply") return result;
    }
    return await this.#afterJoin();
  }

  /** Whether it has subscribed to its topic: with history it does so before the reply. */
  get isSubscribed(): boolean {
    return this.#member !== undefined;
  }

  /** The name of the callback that `init` calls. */
  get initName(): string {
    return "join";
  }

  /** Returns the name of the callback that handles a message. */
  describe(message: unknown): string | undefined {
    if (message instanceof IncomingPush) return `handleIn ${quoted(message.event)}`;
    if (message instanceof PushCopy) return `handleIn ${quoted(message.push.event)}`;
    if (message instanceof Broadcast && this.#isOutgoing(message)) return `handleOut ${quoted(message.event)}`;
    return undefined;
  }

  /** Adds the channel's assigns to the debug status, with secrets hidden. */
  formatStatus(status: ServerStatus): ServerStatus {
    const { topic, assigns } = this.#socket;
    const lastMessage = this.#socket.redact(status.lastMessage);
    return { ...status, state: { topic, assigns: this.#socket.redact(assigns) }, lastMessage };
  }

  /** Calls `terminate` of the user's channel. */
  terminate(reason: ExitReason): MaybePromise<void> {
    const done = this.#channel.terminate(reason, this.#socket);
    if (isThenable(done)) this.#context.self.startDeadline();
    return done;
  }

  /**
   * Writes the reply to the join. If it cannot be encoded, the join fails. The first member of a topic waits until the
   * bus has subscribed to it, so that nothing is missed that is broadcast after the reply.
   */
  #joined(result: JoinResult, ref: unknown): MaybePromise<InitResult<undefined>> {
    const { membership, shared: { pubsub } } = this.#context;
    const { topic } = this.#socket;
    const decided = okOrRefuse(
      result,
      () => `Cannot join ${quoted(topic)}: join must return ok(...) or refuse(...)`,
    );
    if (decided.next === "refuse") {
      const { reason } = decided;
      this.#outcome = { outcome: "refused", answer: membership.encodeJoinReply(ref, "error", reason), reason };
      return ignore();
    }
    if (decided.after !== undefined) {
      throw new TypeError(
        `Cannot join ${quoted(topic)}: join must not return what comes after it; do that in afterJoin`,
      );
    }
    const handled = Object.keys(this.#channel.handleOut);
    if (handled.length > 0) membership.intercept(this.#member?.interceptedBy(handled) ?? new Set(handled));
    membership.slowReader = this.#channel.slowReader;
    this.#gate?.outgoing?.assertJoinReply(PHX_JOIN, decided.value ?? {});
    const answer = membership.encodeJoinReply(ref, "ok", decided.value);
    const isReady = pubsub.topicReady(topic);
    const mayRecover = decided.options?.since !== false;
    const accept = () =>
      this.#member ? this.#enter(this.#member, { mayRecover, handled }, answer) : this.#accept(answer);
    return isReady === undefined ? accept() : isReady.then(accept);
  }

  /** Comes into a topic with history, between two of its messages. */
  #enter(member: HistoryMember, admitting: Admitting, answer: Frame): MaybePromise<InitResult<undefined>> {
    return whenDone(member.admit(admitting), () => this.#accept(answer, member.takeFrames()));
  }

  #accept(answer: Frame, state = NO_FRAMES): InitResult<undefined> {
    this.#outcome = { outcome: "joined", answer, state };
    this.#channel[JOINED](this.#socket);
    return ok(undefined, continueWith(AFTER_JOIN));
  }

  /** Returns whether a broadcast is for `handleOut`. All others come from the channel's own subscriptions. */
  #isOutgoing({ topic, event }: Broadcast): boolean {
    if (topic !== this.#socket.topic) return false;
    return Object.hasOwn(this.#channel.handleOut, event) ||
      (this.#member !== undefined && this.#context.membership.intercepts.has(event));
  }

  #handleOut(broadcast: Broadcast): MaybePromise<InfoResult<undefined>> {
    const { event, payload } = broadcast;
    const handlers = this.#channel.handleOut;
    // The payload was checked where it was broadcast.
    const handle = () => handlers[event]!.call(this.#channel, payload as Payload, this.#socket);
    if (!this.#member) return this.#andThen(handle());
    const passed = this.#member.pass(broadcast, Object.hasOwn(handlers, event) ? handle : undefined);
    return passed === undefined ? GO_ON : this.#andThen(passed);
  }

  #handlePush(push: IncomingPush): MaybePromise<InfoResult<undefined>> {
    const isPlain = this.#isPlain && !channelHandledIn.hasListeners;
    return isPlain ? this.#handleIn(push, push.payload) : this.#examineIn(push);
  }

  /** Waits until the push is over that came first. Then the client gets its reply, unless it never was handled. */
  async #handleCopy({ push, turn }: PushCopy): Promise<InfoResult<undefined>> {
    const { self, membership, membership: { backlog } } = this.#context;
    backlog.handOver(push.weight);
    const isFirst = await turn;
    backlog.settle(push.weight);
    if (!self.alive) return GO_ON; // ended while it waited
    if (!isFirst) {
      push.memory?.repeat((status, response) => membership.reply(push.ref, status, response));
      return GO_ON;
    }
    backlog.put(push.weight); // it waits again, for its handler
    return await this.#handlePush(push);
  }

  /** Handles a message that is validated or reported. */
  #examineIn(push: IncomingPush): MaybePromise<InfoResult<undefined>> {
    if (!this.#gate) return this.#watchIn(push, push.payload);
    const admission = this.#gate.admit(push);
    return isThenable(admission) ? this.#admitLater(admission, push) : this.#admit(admission, push);
  }

  #admit(admission: Admission, push: IncomingPush): MaybePromise<InfoResult<undefined>> {
    if (admission.kind === "refused") return this.#refuse(push, admission);
    const payload = admission.value as JsonOrBytes; // a contract allows other types
    const { outgoing } = this.#gate!;
    const checked = outgoing ? new CheckedPush(this.#context.membership, push, outgoing) : push;
    const isReported = this.#logsHandleIn || channelHandledIn.hasListeners;
    return isReported ? this.#watchIn(checked, payload) : this.#handleIn(checked, payload);
  }

  /** Waits for an async schema. The payload is counted as in {@linkcode #handleLater}. */
  async #admitLater(admission: PromiseLike<Admission>, push: IncomingPush): Promise<InfoResult<undefined>> {
    const { self, membership: { backlog } } = this.#context;
    backlog.handOver(push.weight);
    const admitted = await admission; // is never rejected
    backlog.settle(push.weight);
    if (!self.alive) return GO_ON; // ended while the schema waited
    backlog.put(push.weight); // it waits again, for its handler
    return await this.#admit(admitted, push);
  }

  #refuse(push: IncomingPush, { response }: Refused): InfoResult<undefined> {
    this.#context.membership.backlog.take(push.weight);
    if (response !== undefined) this.#reply(push, "error", response);
    return GO_ON;
  }

  #handleIn(push: IncomingPush, payload: JsonOrBytes): MaybePromise<InfoResult<undefined>> {
    const handlers = this.#channel.handleIn;
    const { event } = push;
    const name = typeof event === "string" && Object.hasOwn(handlers, event) ? event : "*";
    if (!Object.hasOwn(handlers, name)) {
      throw new TypeError(`Cannot handle event ${quoted(event)}: there is no handler for it; add it to handleIn`);
    }
    push.memory?.begin();
    const result = handlers[name]!.call(this.#channel, payload, this.#socket, push);
    if (!isResult(result) && isThenable(result)) return this.#handleLater(result, push);
    this.#context.membership.backlog.take(push.weight);
    return this.#interpret(result, push);
  }

  /**
   * Waits for an async handler. Its payload stays in memory, so it is counted until the handler settles, even if its
   * channel ends before.
   */
  #handleLater(result: PromiseLike<HandleInResult>, push: IncomingPush): Promise<InfoResult<undefined>> {
    const { backlog } = this.#context.membership;
    backlog.handOver(push.weight);
    return Promise.resolve(result).then((result) => {
      backlog.settle(push.weight);
      return this.#interpret(result, push);
    }, (thrown) => {
      backlog.settle(push.weight);
      throw thrown;
    });
  }

  /** Like {@linkcode #handleIn}, and reports the result. */
  #watchIn(push: IncomingPush, payload: JsonOrBytes): MaybePromise<InfoResult<undefined>> {
    const startedAt = performance.now();
    const { reporting } = this;
    const span = handlerTracing.begin(() => traced("handle_in", reporting, push.event));
    const report = (result: "ok" | "failed") => {
      reportHandledIn(reporting, result, push, startedAt);
      span?.end(result);
    };
    const handle = () => this.#handleIn(push, payload);
    return whenSettled(() => span ? span.run(handle) : handle(), (result) => {
      report("ok");
      return result;
    }, (thrown) => {
      report("failed");
      throw thrown;
    });
  }

  /** How its events are reported. */
  get reporting(): ChannelReporting {
    const { shared: { log }, logFields: fields, client } = this.#context;
    const { traceContextHeaders } = client.origin;
    const kind = this.#Channel.name;
    return { kind, channel: this.#channel, socket: this.#socket, log, fields, traceContextHeaders };
  }

  #andThen(result: MaybePromise<HandleInResult>): MaybePromise<InfoResult<undefined>> {
    if (isResult(result) || !isThenable(result)) return this.#interpret(result, undefined);
    return Promise.resolve(result).then((result) => this.#interpret(result, undefined));
  }

  /** Acts on a handler's result. Used by all handlers except those of calls. */
  #interpret(result: HandleInResult, push: IncomingPush | undefined): InfoResult<undefined> {
    if (!isResult(result)) throw this.#badResult();
    switch (result.next) {
      case "noreply":
        push?.memory?.finish();
        return goOn(result.after);
      case "reply":
        this.#reply(push, result.status, (result as Reply<unknown, undefined>).value);
        return goOn(result.after);
      case "replyAndStop":
        this.#reply(push, "ok", result.value);
        return this.#stop(result.reason);
      case "stop":
        push?.memory?.finish();
        return this.#stop(result.reason);
      default:
        throw this.#badResult();
    }
  }

  #badResult(): TypeError {
    return new TypeError(
      `Cannot continue with ${quoted(this.#socket.topic)}: a handler must return one of its results, such as noreply()`,
    );
  }

  #reply(push: IncomingPush | undefined, status: string, response: unknown): void {
    if (!this.#context.self.alive) return; // ended while the handler waited
    if (!push) {
      throw new TypeError(
        "Cannot reply: only a push of the client can be replied to; use socket.push for other messages",
      );
    }
    push[REPLY](status, response);
  }

  #stop(reason: ExitReason): Stop<undefined> {
    this.#announceEnd(reason);
    return stop(reason);
  }

  #announce(result: CallResult<unknown, undefined>): CallResult<unknown, undefined> {
    if (isResult(result) && (result.next === "stop" || result.next === "replyAndStop")) {
      this.#announceEnd(result.reason);
    }
    return result;
  }

  /** Notifies the client of an expected end before `terminate` runs. A failure is reported to it afterwards. */
  #announceEnd(reason: ExitReason): void {
    if (this.#context.self.alive && isExpectedExit(reason)) this.#onClosing();
  }
}

function goOn(after: After | undefined): NoReply<undefined> {
  return after === undefined ? GO_ON : noreply(undefined, after);
}

/** Describes for a tracer what is about to be done. */
function traced(
  callback: HandlerWork["callback"],
  { kind: channel, socket, traceContextHeaders }: ChannelReporting,
  event?: unknown,
): HandlerWork {
  return { callback, channel, socket, event, traceContextHeaders };
}
