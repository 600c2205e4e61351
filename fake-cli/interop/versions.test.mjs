// SPDX-License-Identifier: MIT
//
// Released versions of the official SDK, unmodified, each with fake-copilot as
// the release of the CLI that it was made for, and as the newest.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';

import { loadSdk, pairs } from './adapters.mjs';
import { cases } from './cases.mjs';

const { FAKE_COPILOT: program, COPILOT_PEERS: peers, SDK_VERSIONS_OUT: out } = process.env;

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sdk-versions-'));
const outcomes = [];
after(() => {
  fs.rmSync(root, { recursive: true, force: true });
  if (out) fs.writeFileSync(out, JSON.stringify(outcomes, null, 1));
});

let homes = 0;

/** What a case works with: an SDK, and the release of the CLI it talks to. */
class Lab {
  constructor(sdk, release) {
    this.sdk = sdk;
    this.release = release;
    this.newest = release === '';
  }

  newHome() {
    const home = path.join(root, `home-${++homes}`);
    fs.mkdirSync(home);
    return home;
  }

  async withClient({ script, home = this.newHome(), ...options }, body) {
    this.journal = path.join(home, 'journal.jsonl');
    const env = { FAKE_COPILOT_JOURNAL: this.journal };
    if (this.release) env.FAKE_COPILOT_EMULATE = this.release;
    if (script) {
      env.FAKE_COPILOT_SCRIPT = path.join(home, 'script.json');
      fs.writeFileSync(env.FAKE_COPILOT_SCRIPT, JSON.stringify(script));
    }
    const client = this.sdk.client({ program, home, env, ...options });
    try {
      await client.start();
      return await body(client);
    } finally {
      assert.deepEqual(await client.stop(), [], 'stop() reports no errors');
    }
  }

  /** The values of a member of anything that the last CLI received. */
  received(name) {
    const values = [];
    const search = (value) => {
      if (value === null || typeof value !== 'object') return;
      for (const [key, member] of Object.entries(value)) {
        if (key === name) values.push(...[member].flat());
        else search(member);
      }
    };
    for (const line of fs.readFileSync(this.journal, 'utf8').trim().split('\n')) {
      const entry = JSON.parse(line);
      if (entry.event === 'received') search(entry.message);
    }
    return values;
  }
}

function check(sdk, release) {
  const lab = new Lab(sdk, release);
  for (const [name, run] of Object.entries(cases)) {
    test(name, async (t) => {
      const outcome = { sdk: sdk.version, release, case: name, outcome: 'fails' };
      outcomes.push(outcome);
      const reason = await run(lab);
      outcome.outcome = reason ? 'absent' : 'passes';
      if (!reason) return;
      outcome.reason = reason;
      t.skip(reason);
    });
  }
}

const options = { timeout: 120_000 };

for (const pair of pairs) {
  const sdk = await loadSdk(peers, pair.sdk);
  describe(`SDK ${pair.sdk} with release ${pair.release || 'newest'}`, options, () => check(sdk, pair.release));
  if (pair.release === '') continue;
  describe(`SDK ${pair.sdk} with the newest release`, options, () => {
    if (sdk.newestProtocol >= 3) {
      check(sdk, '');
      return;
    }
    test('is refused: the protocol is another one', async () => {
      const lab = new Lab(sdk, '');
      const outcome = { sdk: sdk.version, release: '', case: 'starts, and knows the protocol', outcome: 'fails' };
      outcomes.push(outcome);
      await assert.rejects(lab.withClient({}, async () => {}), /protocol version mismatch/);
      outcome.outcome = 'absent';
      outcome.reason = 'the SDK speaks protocol 2 only, and refuses to start';
    });
  });
}
