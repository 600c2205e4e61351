// SPDX-License-Identifier: MIT
//
// The adapter protocol for Node, with no dependencies: lines, requests both
// ways, overlap, errors, scenarios one after the other. A harness brings its
// handlers (docs/guides/write-an-adapter.md).
import readline from 'node:readline';

export const methodNotFound = -32601;
const failed = -32000;

/** An error with a code of its own. */
export class ProtocolError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** What a handler reaches the runner with. */
class Runner {
  #write;
  #lastId = 0;
  #asked = new Map();

  constructor(write) {
    this.#write = write;
  }

  /** Sends a request; the answer. `signal` (an AbortSignal) ends the wait. */
  request(method, params, { signal } = {}) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#asked.delete(id);
        reject(signal.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const done = () => signal?.removeEventListener('abort', onAbort);
      this.#asked.set(id, { resolve, reject, done });
      this.#write({ jsonrpc: '2.0', id, method, params });
    });
  }

  notify(method, params) {
    this.#write({ jsonrpc: '2.0', method, params });
  }

  /** An answer came. One to a request that nobody waits for any more is dropped. */
  answered(message) {
    const asked = this.#asked.get(message.id);
    if (!asked) return;
    this.#asked.delete(message.id);
    asked.done();
    if (message.error) {
      asked.reject(new ProtocolError(message.error.code, message.error.message));
    } else {
      asked.resolve(message.result);
    }
  }

  /** Nobody will answer any more. */
  abandon() {
    for (const { reject, done } of this.#asked.values()) {
      done();
      reject(new Error('the scenario has ended'));
    }
    this.#asked.clear();
  }
}

/**
 * Speaks the adapter protocol on stdin and stdout until the runner has enough,
 * then ends the process.
 *
 * `handlers` has a function for each method that the capabilities need:
 * `handlers['attempt.run'](params, runner)` returns the result, or a promise of
 * it; what it throws becomes the error. Two more are not of the protocol:
 *   begin({cli, dirs, environment, clock})  a scenario begins; process.env and
 *                                           the working directory are its own
 *   end()                                   it has ended: abort what runs, and
 *                                           dispose of everything
 */
export function serve({ name, version = '', capabilities, persistent = false, handlers, input = process.stdin, output = process.stdout }) {
  // stdout is for messages only.
  console.log = console.info = console.debug = console.error;

  const write = (message) => output.write(JSON.stringify(message) + '\n');
  const runner = new Runner(write);
  let running = new Set();

  const begin = async (scenario) => {
    for (const variable of Object.keys(process.env)) delete process.env[variable];
    Object.assign(process.env, scenario.environment);
    process.chdir(scenario.dirs.workspace);
    await handlers.begin?.(scenario);
    return {};
  };

  // Everything that was asked is answered before this returns.
  const end = async () => {
    const others = [...running];
    runner.abandon();
    await handlers.end?.();
    runner.abandon();
    await Promise.allSettled(others);
    return {};
  };

  const builtIn = {
    initialize: async (params) => {
      if (params.protocolVersion !== 1) throw new Error('this adapter speaks protocol version 1');
      await begin(params);
      return { protocolVersion: 1, name, version, language: `Node.js ${process.version}`, capabilities, persistent };
    },
    'scenario.begin': begin,
    'scenario.end': end,
    shutdown: end,
  };

  const answer = async ({ id, method, params = {} }) => {
    const own = Object.hasOwn(builtIn, method);
    const handler = own ? builtIn[method] : Object.hasOwn(handlers, method) && handlers[method];
    try {
      if (!handler) throw new ProtocolError(methodNotFound, `no such method: ${method}`);
      const result = await handler(params, runner);
      write({ jsonrpc: '2.0', id, result: result ?? {} });
    } catch (error) {
      const code = Number.isInteger(error?.code) ? error.code : failed;
      write({ jsonrpc: '2.0', id, error: { code, message: String(error?.message ?? error) } });
    }
    if (method === 'shutdown') output.write('', () => process.exit(0));
  };

  const take = (line) => {
    if (line === '') return;
    let message;
    try {
      message = JSON.parse(line);
    } catch (error) {
      console.error(`not a message: ${error.message}`);
      return;
    }
    if (message.method === undefined) return runner.answered(message);
    // The runner sends no notifications yet.
    if (message.id === undefined) return;
    const work = answer(message);
    // Those that end a scenario wait for the others.
    if (message.method === 'scenario.end' || message.method === 'shutdown') return;
    running.add(work);
    work.finally(() => running.delete(work));
  };

  const lines = readline.createInterface({ input, crlfDelay: Infinity, terminal: false });
  lines.on('line', take);
  // The runner is gone.
  lines.on('close', () => end().finally(() => process.exit(0)));
}
