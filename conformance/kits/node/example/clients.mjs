// SPDX-License-Identifier: MIT
//
// The SDK's clients, one CLI each: shared by attempts with the same key, and
// stopped when they have been idle for long.
import { agentName } from './auth.mjs';

const defaultIdleMs = 300000;

export function clientKey(params, auth, home) {
  const { mode, profileId, profileVersion } = auth;
  return JSON.stringify([agentName({ agentId: params.agentId, sessionKey: params.sessionKey }), home, mode, profileId, profileVersion]);
}

export class Clients {
  #sdk;
  #cli;
  #env;
  #idleMs;
  #entries = new Map(); // key → {client: promise, leases, timer}

  constructor(sdk, cli, env, idleMs) {
    this.#sdk = sdk;
    this.#env = env;
    this.#cli = cli;
    this.#idleMs = Number.isFinite(idleMs) && idleMs >= 1 ? idleMs : defaultIdleMs;
  }

  /** A started client, how to give it back, and a promise that fails when its CLI ends. */
  async lease(key, auth, home) {
    let entry = this.#entries.get(key);
    if (entry && !this.#isAlive(entry)) {
      this.#forget(key, entry);
      entry = undefined;
    }
    if (!entry) {
      entry = { leases: 0, timer: undefined, client: this.#start(auth, home) };
      this.#entries.set(key, entry);
      // The SDK's own promises go on waiting for a CLI that is gone.
      entry.ended = new Promise((_, reject) => {
        entry.client.then(
          (client) => {
            entry.started = client;
            client.connection?.onClose(() => {
              entry.closed = true;
              reject(new Error('the CLI ended'));
            });
          },
          () => this.#forget(key, entry),
        );
      });
      entry.ended.catch(() => {});
    }
    clearTimeout(entry.timer);
    ++entry.leases;
    const release = () => {
      if (--entry.leases > 0 || this.#entries.get(key) !== entry) return;
      entry.timer = setTimeout(() => {
        this.#forget(key, entry);
        entry.started?.stop().catch(() => {});
      }, this.#idleMs);
    };
    try {
      return { client: await entry.client, release, ended: entry.ended };
    } catch (error) {
      --entry.leases;
      throw error;
    }
  }

  async stop() {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const errors = [];
    for (const { client, timer } of entries) {
      clearTimeout(timer);
      try {
        errors.push(...((await (await client).stop()) ?? []));
      } catch {
        // It never started.
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, '[copilot] pool disposal errors');
  }

  /** Without asking the CLIs. */
  async kill() {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.allSettled(
      entries.map(async ({ client, timer }) => {
        clearTimeout(timer);
        await (await client).forceStop();
      }),
    );
  }

  #isAlive(entry) {
    const { cliProcess } = entry.started ?? {};
    return !entry.closed && (!cliProcess || (cliProcess.exitCode === null && cliProcess.signalCode === null));
  }

  #forget(key, entry) {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  async #start(auth, home) {
    const { CopilotClient, RuntimeConnection } = this.#sdk;
    const client = new CopilotClient({
      connection: this.#cli.url ? RuntimeConnection.forUri(this.#cli.url) : RuntimeConnection.forStdio({ path: this.#cli.path }),
      env: { ...this.#env },
      baseDirectory: home,
      ...(auth.mode === 'gitHubToken' ? { gitHubToken: auth.token } : {}),
      useLoggedInUser: auth.mode === 'useLoggedInUser',
    });
    await client.start();
    return client;
  }
}
