// SPDX-License-Identifier: MIT
//
// The real CLI, unmodified, takes fake-model for each kind of provider and for
// GitHub. The model is strict: a request that breaks a rule fails its test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const { CopilotClient, RuntimeConnection, approveAll, defineTool } = await import(
  pathToFileURL(path.join(process.env.COPILOT_SDK, 'dist/index.js'))
);

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'model-interop-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));
let directories = 0;

/** Runs `body` with a fake model that plays `script`. */
async function withModel(script, body, ...flags) {
  const directory = path.join(root, String(++directories));
  fs.mkdirSync(directory);
  const file = path.join(directory, 'script.json');
  const record = path.join(directory, 'requests.jsonl');
  fs.writeFileSync(file, JSON.stringify(script));
  const model = spawn(
    process.env.FAKE_MODEL,
    ['--until-eof', '--strict', '--script', file, '--record', record, ...flags],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const [line] = await once(readline.createInterface(model.stdout), 'line');
    const url = line.split(' ').pop();
    const recorded = () => fs.readFileSync(record, 'utf8');
    const requests = () =>
      recorded()
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l));
    await body({ url, origin: new URL(url).origin, directory, recorded, requests });
  } finally {
    model.stdin.end();
  }
}

/** Runs `body` with a client of a fresh real CLI. */
async function withCli(directory, env, options, body) {
  const client = new CopilotClient({
    connection: RuntimeConnection.forStdio({ path: process.env.REAL_CLI }),
    baseDirectory: directory,
    workingDirectory: directory,
    useLoggedInUser: false,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
      ...env,
    },
    ...options,
  });
  await client.start();
  try {
    await body(client);
  } finally {
    await client.stop();
  }
}

// Offline the CLI wants a provider to begin with; sessions have their own.
const offline = ({ url }) => ({ COPILOT_OFFLINE: 'true', COPILOT_PROVIDER_BASE_URL: url, COPILOT_MODEL: 'gpt-4.1' });

const lookup = defineTool('lookup', {
  description: 'Looks something up',
  parameters: { type: 'object', properties: { q: { type: 'string' } } },
  skipPermission: true,
  handler: ({ q }) => `many ${q}`,
});

const providers = {
  'OpenAI chat completions': ({ url }) => ({ type: 'openai', baseUrl: url, wireApi: 'completions' }),
  'OpenAI responses': ({ url }) => ({ type: 'openai', baseUrl: url, wireApi: 'responses' }),
  'Anthropic messages': ({ origin }) => ({ type: 'anthropic', baseUrl: origin }),
  'Azure OpenAI': ({ origin }) => ({ type: 'azure', baseUrl: origin }),
  'Azure OpenAI with a version': ({ origin }) => ({
    type: 'azure',
    baseUrl: origin,
    azure: { apiVersion: '2024-10-21' },
  }),
};

// A turn with everything an answer can hold, and parallel calls.
const turn = {
  answers: [
    {
      reasoning: ['let me ', 'think'],
      text: ['One ', 'moment.'],
      toolCalls: [
        { name: 'lookup', arguments: ['{"q":', '"cats"}'] },
        { name: 'lookup', arguments: { q: 'dogs' } },
      ],
      usage: { inputTokens: 200, outputTokens: 20, cacheReadTokens: 50 },
    },
    { text: ['Fo', 'und.'] },
  ],
};

describe('the real CLI with a provider', { timeout: 240_000 }, () => {
  for (const [name, provider] of Object.entries(providers)) {
    for (const streaming of [true, false]) {
      test(`${name}, ${streaming ? 'streamed' : 'at once'}`, async () => {
        await withModel(turn, async (model) => {
          await withCli(model.directory, offline(model), {}, async (client) => {
            const session = await client.createSession({
              model: 'gpt-4.1',
              provider: { ...provider(model), apiKey: 'key-interop' },
              streaming,
              tools: [lookup],
              onPermissionRequest: approveAll,
            });
            const seen = { results: [], usage: [], reasoning: [] };
            session.on('tool.execution_complete', (e) => seen.results.push(e.data.result.content));
            session.on('assistant.usage', (e) => seen.usage.push(e.data));
            session.on('assistant.reasoning', (e) => seen.reasoning.push(e.data.content));
            const answer = await session.sendAndWait({ prompt: 'cats and dogs?' });
            assert.equal(answer.data.content, 'Found.');
            assert.deepEqual(seen.results.sort(), ['many cats', 'many dogs']);
            assert.deepEqual(seen.reasoning, ['let me think']);
            assert.equal(seen.usage[0].inputTokens, 200);
            assert.equal(seen.usage[0].cacheReadTokens, 50);
          });
          assert.equal(model.requests().length, 2);
          assert.ok(!model.recorded().includes('key-interop'));
        });
      });
    }
  }

  test('waits as a rate limit says', async () => {
    const limited = { error: { status: 429, message: 'slow down', headers: { 'retry-after': '1' } } };
    await withModel({ answers: [limited, { text: 'At last.' }] }, async (model) => {
      await withCli(model.directory, offline(model), {}, async (client) => {
        const session = await client.createSession({
          model: 'claude-sonnet-4.5',
          provider: { type: 'anthropic', baseUrl: model.origin, apiKey: 'key-interop' },
          onPermissionRequest: approveAll,
        });
        const answer = await session.sendAndWait({ prompt: 'now' });
        assert.equal(answer.data.content, 'At last.');
      });
    });
  });
});

describe('the real CLI signed in', { timeout: 240_000 }, () => {
  const token = 'tok-interop-one';
  const script = {
    answers: [{ when: { prompt: { regex: '.' } }, text: ['Wel', 'come.'] }],
    users: [
      { token, login: 'ada', quota: { premium_interactions: { entitlement: 300, remaining: 75 } } },
      { token: 'tok-interop-two', login: 'bob' },
    ],
  };
  const github = ({ origin }) => ({ COPILOT_API_URL: origin, COPILOT_DEBUG_GITHUB_API_URL: origin });

  test('lists models and gets a turn over each of their routes', async () => {
    await withModel(script, async (model) => {
      await withCli(model.directory, github(model), { gitHubToken: token }, async (client) => {
        assert.equal((await client.getAuthStatus()).isAuthenticated, true);
        const models = (await client.listModels()).map((m) => m.id);
        for (const id of ['gpt-5-mini', 'gpt-5.4', 'claude-sonnet-4.5', 'auto']) {
          assert.ok(models.includes(id), `${id} is in ${models}`);
          const session = await client.createSession({ model: id, onPermissionRequest: approveAll });
          const usage = [];
          session.on('assistant.usage', (e) => usage.push(e.data));
          const answer = await session.sendAndWait({ prompt: 'Hi' });
          assert.equal(answer.data.content, 'Welcome.');
          assert.equal(usage[0].quotaSnapshots.premium_interactions.remainingPercentage, 25);
        }
      });
      const posted = model.requests().filter((r) => r.method === 'POST');
      const paths = new Set(posted.map((r) => r.path));
      for (const wanted of ['/chat/completions', '/responses', '/v1/messages', '/auto']) {
        assert.ok(paths.has(wanted), `${wanted} is in ${[...paths]}`);
      }
      assert.ok(!model.recorded().includes('tok-interop'));
    });
  });

  test('sessions have tokens of their own, and unknown ones are refused', async () => {
    await withModel(script, async (model) => {
      await withCli(model.directory, github(model), { gitHubToken: token }, async (client) => {
        const create = (gitHubToken) =>
          client.createSession({ model: 'gpt-5-mini', gitHubToken, onPermissionRequest: approveAll });
        const session = await create('tok-interop-two');
        assert.equal((await session.sendAndWait({ prompt: 'Hi' })).data.content, 'Welcome.');
        await assert.rejects(create('tok-interop-three'), /Bad credentials/);
      });
    });
  });
});
