/**
 * What must not compile of a state machine, and what must. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import {
  cancelNamedTimeout,
  keepState,
  keepStateAndData,
  namedTimeout,
  nextEvent,
  nextState,
  postpone,
  reply,
  replyAndStop,
  replyTo,
  type ServerRef,
  startIn,
  StateMachine,
  stateTimeout,
  stop,
  updateNamedTimeout,
} from "@urvogel/realtime";

interface Line {
  states: { idle: { calls: number }; busy: { calls: number; caller: string } };
  calls: { state(): string; dial(number: string): boolean };
  casts: { hangUp(): void };
  internal: { charge(cents: number): void };
  timeouts: { reminder(attempt: number): void; lunch(): void };
  stateTimeout: string;
  info: "ring";
}

const common = { timeouts: { reminder: () => keepStateAndData(), lunch: () => keepStateAndData() } };

class LineMachine extends StateMachine<Line> {
  override init(calls: number) {
    return startIn("idle", { calls }, namedTimeout("lunch", 1000));
  }
  override states = this.define({
    idle: {
      enter: ({ calls }, previous: "idle" | "busy") => keepState({ calls }, stateTimeout(10, previous)),
      stateTimeout: (_, content: string) => (void content, keepStateAndData()),
      calls: {
        state: () => reply("idle"),
        dial: ({ calls }, number: string) =>
          reply(true, nextState("busy", { calls: calls + 1, caller: number }, nextEvent("charge", 5))),
      },
      casts: { hangUp: () => keepStateAndData() },
      internal: { charge: () => stop("normal") },
    },
    busy: {
      calls: {
        state: ({ caller }, _request, from) => keepStateAndData(replyTo(from, caller)),
        dial: (data) => data.calls > 9 ? replyAndStop(false, "normal", data) : keepStateAndData(postpone()),
      },
      casts: { hangUp: ({ calls }) => nextState("idle", { calls }, cancelNamedTimeout("reminder")) },
      internal: { charge: async (data, cents: number) => await Promise.resolve(keepState({ ...data, calls: cents })) },
      timeouts: { reminder: (_, attempt) => keepStateAndData(namedTimeout("reminder", 10, attempt + 1)) },
    },
  }, common);
}

/** Never run. */
export async function callers(): Promise<void> {
  const line: ServerRef<Line> = await StateMachine.start(LineMachine, 0);
  const dialled: boolean = await line.call("dial", "112");
  line.cast("hangUp");
  line.send("ring");
  const found: ServerRef<Line> | undefined = StateMachine.whereis(LineMachine, "line");
  // @ts-expect-error: init takes a number
  await StateMachine.start(LineMachine, "0");
  // @ts-expect-error: the request is a string
  await line.call("dial", 112);
  // @ts-expect-error: internal events are the machine's own
  line.cast("charge", 1);
  // @ts-expect-error: init takes a number
  StateMachine.child(LineMachine);
  // @ts-expect-error: an abstract machine has no states
  await StateMachine.start(Incomplete, undefined);
  return void [dialled, found];
}

abstract class Incomplete extends StateMachine<Line> {
  override init(_: undefined) {
    return startIn("idle", { calls: 0 });
  }
}

interface Door {
  states: { open: number; shut: string };
  calls: { knock(times: number): string };
  timeouts: { wind(force: number): void };
  stateTimeout: number;
}

/** Never started. Each has one mistake. */
export abstract class Mistakes extends StateMachine<Door> {
  readonly knock = () => keepStateAndData();

  forgottenState() {
    // @ts-expect-error: what happens in "shut" is missing
    return this.define({ open: { calls: { knock: this.knock } } }, { timeouts: { wind: () => keepStateAndData() } });
  }
  forgottenCall() {
    return this.define({
      open: { calls: { knock: this.knock } },
      // @ts-expect-error: nobody answers "knock" here
      shut: {},
    }, { timeouts: { wind: () => keepStateAndData() } });
  }
  forgottenTimeout() {
    return this.define({
      // @ts-expect-error: nobody deals with "wind" here
      open: { calls: { knock: this.knock } },
      shut: { calls: { knock: this.knock }, timeouts: { wind: () => keepStateAndData() } },
    });
  }
  readonly common = { calls: { knock: () => keepStateAndData() }, timeouts: { wind: () => keepStateAndData() } };
  unknownState() {
    // @ts-expect-error: there is no such state
    return this.define({ open: {}, shut: {}, ajar: {} }, this.common);
  }
  unknownCall() {
    return this.define({
      // @ts-expect-error: there is no such call
      open: { calls: { ring: () => keepStateAndData() } },
      shut: {},
    }, this.common);
  }
  toUnknownState() {
    return this.define({
      // @ts-expect-error: there is no such state
      open: { calls: { knock: () => nextState("ajar", 1) } },
      shut: {},
    }, this.common);
  }
  foreignData() {
    return this.define({
      // @ts-expect-error: the data of "shut" are a string
      open: { calls: { knock: (data) => nextState("shut", data) } },
      shut: {},
    }, this.common);
  }
  keptForeignData() {
    return this.define({
      // @ts-expect-error: the data of "open" are a number
      open: { calls: { knock: () => keepState("text") } },
      shut: {},
    }, this.common);
  }
  wrongReply() {
    return this.define({
      // @ts-expect-error: the answer to "knock" is a string
      open: { calls: { knock: (_, times, from) => keepStateAndData(replyTo(from, times)) } },
      // @ts-expect-error: and when it is returned, too
      shut: { calls: { knock: (_, times) => reply(times) } },
    }, this.common);
  }
  wrongLastReply() {
    return this.define({
      // @ts-expect-error: the answer to "knock" is a string
      open: { calls: { knock: (_, times) => replyAndStop(times, "normal") } },
      // @ts-expect-error: the data of "shut" are a string
      shut: { calls: { knock: () => replyAndStop("who is there?", "normal", 1) } },
    }, this.common);
  }
  wrongDataWithReply() {
    return this.define({
      // @ts-expect-error: the data of "open" are a number
      open: { calls: { knock: () => reply("who is there?", keepState("text")) } },
      // @ts-expect-error: a result stands in the place of a state
      shut: { calls: { knock: () => reply("who is there?", "text") } },
    }, this.common);
  }
  replyToNobody() {
    return this.define({ open: {}, shut: {} }, {
      calls: this.common.calls,
      // @ts-expect-error: only calls are replied to
      timeouts: { wind: () => reply("who is there?") },
    });
  }
  wrongContent() {
    return this.define({
      // @ts-expect-error: "wind" comes with a number
      open: { calls: { knock: () => keepStateAndData(namedTimeout("wind", 1, "much")) } },
      // @ts-expect-error: and when it is updated, too
      shut: { calls: { knock: () => keepStateAndData(updateNamedTimeout("wind", "much")) } },
    }, this.common);
  }
  unknownTimeout() {
    return this.define({
      // @ts-expect-error: there is no such timeout
      open: { calls: { knock: () => keepStateAndData(namedTimeout("rain", 1)) } },
      // @ts-expect-error: a state timeout comes with a number
      shut: { calls: { knock: () => keepStateAndData(stateTimeout(1)) } },
    }, this.common);
  }
  postponedEnter() {
    return this.define({
      // @ts-expect-error: an enter call is no event
      open: { enter: () => keepStateAndData(postpone()) },
      // @ts-expect-error: it cannot go elsewhere at once
      shut: { enter: () => nextState("open", 1) },
    }, this.common);
  }
  commonKeepsAnything() {
    return this.define({ open: {}, shut: {} }, {
      timeouts: { wind: () => keepStateAndData() },
      // @ts-expect-error: nothing is data of both states
      calls: { knock: (data) => keepState(data) },
    });
  }
}

/** A request is one value, here as well. */
export abstract class TwoParameters
  extends StateMachine<{ states: { on: number }; casts: { go(x: number, y: number): void } }> {
  override states = this.define({
    on: {
      // @ts-expect-error: "a method of a server's interface takes no or one request: put several values into one object"
      casts: { go: (_: number) => keepStateAndData() },
    },
  });
}
