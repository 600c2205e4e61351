// SPDX-License-Identifier: MIT
//
// The official SDK, unmodified, drives fake-copilot over stdio and TCP.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const fake = process.env.FAKE_COPILOT;
const { CopilotClient, RuntimeConnection, approveAll, defineTool } = await import(
  pathToFileURL(path.join(process.env.COPILOT_SDK, 'dist/index.js'))
);

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sdk-interop-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));

let homes = 0;
const newHome = () => {
  const home = path.join(root, `home-${++homes}`);
  fs.mkdirSync(home);
  return home;
};

/** A client of a fresh fake CLI that plays `script`. */
function makeClient(transport, { script, home = newHome(), env = {}, ...options } = {}) {
  const file = path.join(root, `script-${homes}-${Math.random()}.json`);
  if (script) fs.writeFileSync(file, JSON.stringify(script));
  const connection =
    transport === 'tcp' ? RuntimeConnection.forTcp({ path: fake }) : RuntimeConnection.forStdio({ path: fake });
  return new CopilotClient({
    connection,
    baseDirectory: home,
    workingDirectory: home,
    env: { PATH: process.env.PATH, HOME: home, ...(script ? { FAKE_COPILOT_SCRIPT: file } : {}), ...env },
    ...options,
  });
}

/** Runs `body` with a started client and stops it without complaint. */
async function withClient(transport, options, body) {
  const client = makeClient(transport, options);
  await client.start();
  try {
    await body(client);
  } finally {
    assert.deepEqual(await client.stop(), [], 'stop() reports no errors');
  }
}

for (const transport of ['stdio', 'tcp']) {
  describe(`official SDK over ${transport}`, { timeout: 60_000 }, () => {
    test('the quick start gets an answer with no configuration', async () => {
      await withClient(transport, {}, async (client) => {
        const session = await client.createSession({ model: 'gpt-5', onPermissionRequest: approveAll });
        const contents = [];
        const idle = new Promise((resolve) => {
          session.on('assistant.message', (event) => contents.push(event.data.content));
          session.on('session.idle', resolve);
        });
        await session.send({ prompt: 'What is 2+2?' });
        await idle;
        assert.equal(contents.length, 1);
        assert.match(contents[0], /What is 2\+2\?/);
        await session.disconnect();
      });
    });

    test('any token counts as signed in, and models are listed', async () => {
      await withClient(transport, { gitHubToken: 'tok-interop' }, async (client) => {
        assert.equal((await client.getAuthStatus()).isAuthenticated, true);
        assert.ok((await client.listModels()).length > 0);
        assert.equal((await client.getStatus()).protocolVersion, 3);
        assert.match((await client.ping('hi')).message, /hi/);
      });
    });

    test('without a token nobody is signed in', async () => {
      await withClient(transport, { useLoggedInUser: false }, async (client) => {
        assert.equal((await client.getAuthStatus()).isAuthenticated, false);
      });
    });

    test('streaming delivers the chunks of the script in order', async () => {
      const script = { turns: [{ say: ['one ', 'two ', 'three'] }] };
      await withClient(transport, { script }, async (client) => {
        const session = await client.createSession({ streaming: true, onPermissionRequest: approveAll });
        const deltas = [];
        session.on('assistant.message_delta', (event) => deltas.push(event.data.deltaContent));
        const answer = await session.sendAndWait({ prompt: 'count' });
        assert.deepEqual(deltas, ['one ', 'two ', 'three']);
        assert.equal(answer.data.content, 'one two three');
      });
    });

    test('a custom tool is called and its result reaches the turn', async () => {
      const script = {
        turns: [
          {
            steps: [
              { toolCall: { name: 'lookup', arguments: { q: 'cats' }, as: 'answer' } },
              { say: 'Found: {{answer.text}}' },
            ],
          },
        ],
      };
      await withClient(transport, { script }, async (client) => {
        const calls = [];
        const lookup = defineTool('lookup', {
          description: 'Looks something up',
          parameters: { type: 'object', properties: { q: { type: 'string' } } },
          skipPermission: true,
          handler: (args) => {
            calls.push(args);
            return 'many cats';
          },
        });
        const session = await client.createSession({ tools: [lookup], onPermissionRequest: approveAll });
        const completed = [];
        session.on('tool.execution_complete', (event) => completed.push(event.data));
        const answer = await session.sendAndWait({ prompt: 'cats?' });
        assert.deepEqual(calls, [{ q: 'cats' }]);
        assert.equal(completed[0].success, true);
        assert.equal(answer.data.content, 'Found: many cats');
      });
    });

    test('a permission request is put to the handler and its decision counts', async () => {
      const step = { permission: { kind: 'shell', fullCommandText: 'ls', as: 'decision' } };
      const script = { turns: [{ steps: [step, { say: 'after {{decision.kind}}' }] }] };
      await withClient(transport, { script }, async (client) => {
        const asked = [];
        const session = await client.createSession({
          onPermissionRequest: (request) => {
            asked.push(request);
            return { kind: 'reject', feedback: 'not today' };
          },
        });
        const done = [];
        session.on('permission.completed', (event) => done.push(event.data.result));
        const answer = await session.sendAndWait({ prompt: 'go' });
        assert.equal(asked[0].kind, 'shell');
        assert.equal(done[0].kind, 'denied-interactively-by-user');
        assert.equal(done[0].feedback, 'not today');
        assert.equal(answer.data.content, 'after reject');
      });
    });

    test('a custom tool without skipPermission asks first', async () => {
      const script = { turns: [{ steps: [{ toolCall: { name: 'lookup', arguments: {} } }, { say: 'done' }] }] };
      await withClient(transport, { script }, async (client) => {
        const kinds = [];
        const session = await client.createSession({
          tools: [defineTool('lookup', { description: 'd', handler: () => 'x' })],
          onPermissionRequest: (request) => {
            kinds.push(request.kind);
            return { kind: 'approve-once' };
          },
        });
        await session.sendAndWait({ prompt: 'go' });
        assert.deepEqual(kinds, ['custom-tool']);
      });
    });

    test('ask_user reaches the handler and the answer reaches the turn', async () => {
      const ask = { askUser: { question: 'Which colour?', choices: ['red', 'blue'], as: 'reply' } };
      const script = { turns: [{ steps: [ask, { say: 'You said {{reply.answer}}.' }] }] };
      await withClient(transport, { script }, async (client) => {
        const questions = [];
        const session = await client.createSession({
          onPermissionRequest: approveAll,
          onUserInputRequest: (request) => {
            questions.push(request);
            return { answer: 'blue', wasFreeform: false };
          },
        });
        const answer = await session.sendAndWait({ prompt: 'ask me' });
        assert.equal(questions[0].question, 'Which colour?');
        assert.deepEqual(questions[0].choices, ['red', 'blue']);
        assert.equal(answer.data.content, 'You said blue.');
      });
    });

    test('a session is resumed by another client, with its history', async () => {
      const home = newHome();
      let sessionId;
      await withClient(transport, { home }, async (client) => {
        const session = await client.createSession({ onPermissionRequest: approveAll });
        sessionId = session.sessionId;
        await session.sendAndWait({ prompt: 'remember me' });
        await session.disconnect();
      });
      await withClient(transport, { home }, async (client) => {
        const session = await client.resumeSession(sessionId, { onPermissionRequest: approveAll });
        assert.equal(session.sessionId, sessionId);
        const users = (await session.getEvents()).filter((event) => event.type === 'user.message');
        assert.deepEqual(users.map((event) => event.data.content), ['remember me']);
        const answer = await session.sendAndWait({ prompt: 'again' });
        assert.match(answer.data.content, /again/);
      });
    });

    test('history is compacted as the script says', async () => {
      const script = { compaction: { summary: 'All about cats.', messagesRemoved: 2, tokensRemoved: 500 } };
      await withClient(transport, { script }, async (client) => {
        const session = await client.createSession({ onPermissionRequest: approveAll });
        await session.sendAndWait({ prompt: 'cats' });
        const result = await session.rpc.history.compact();
        assert.equal(result.success, true);
        assert.equal(result.tokensRemoved, 500);
        assert.equal(result.messagesRemoved, 2);
      });
    });

    test('abort ends a turn that would never end', async () => {
      const script = { turns: [{ steps: [{ stall: true }] }] };
      await withClient(transport, { script }, async (client) => {
        const session = await client.createSession({ onPermissionRequest: approveAll });
        const started = new Promise((resolve) => session.on('assistant.turn_start', resolve));
        const idle = new Promise((resolve) => session.on('session.idle', resolve));
        await session.send({ prompt: 'forever' });
        await started;
        await session.abort();
        assert.equal((await idle).data.aborted, true);
        const answer = await session.sendAndWait({ prompt: 'still there?' });
        assert.match(answer.data.content, /still there\?/);
      });
    });

    test('sessions are listed, found by id, and deleted', async () => {
      await withClient(transport, {}, async (client) => {
        const session = await client.createSession({ onPermissionRequest: approveAll });
        await session.sendAndWait({ prompt: 'list me' });
        const listed = await client.listSessions();
        assert.deepEqual(listed.map((entry) => entry.sessionId), [session.sessionId]);
        assert.equal(await client.getLastSessionId(), session.sessionId);
        assert.equal((await client.getSessionMetadata(session.sessionId)).summary, 'list me');
        await client.deleteSession(session.sessionId);
        assert.deepEqual(await client.listSessions(), []);
      });
    });

    test('a model error ends the turn with its message', async () => {
      const script = { turns: [{ error: { errorType: 'rate_limit', message: 'Slow down.' } }] };
      await withClient(transport, { script }, async (client) => {
        const session = await client.createSession({ onPermissionRequest: approveAll });
        await assert.rejects(session.sendAndWait({ prompt: 'hi' }), /Slow down\./);
      });
    });
  });
}

test('a wrapped fake needs nothing from the environment', { timeout: 60_000 }, async () => {
  const home = newHome();
  const script = path.join(root, 'wrapped.json');
  const journal = path.join(root, 'wrapped.jsonl');
  const program = path.join(root, 'copilot');
  fs.writeFileSync(script, JSON.stringify({ turns: [{ say: 'from the wrapper' }] }));
  const { execFileSync } = await import('node:child_process');
  execFileSync(fake, ['wrap', '--out', program, '--script', script, '--journal', journal]);
  const client = new CopilotClient({
    connection: RuntimeConnection.forStdio({ path: program }),
    baseDirectory: home,
    env: { PATH: process.env.PATH, HOME: home },
    gitHubToken: 'tok-very-secret',
  });
  const session = await client.createSession({ onPermissionRequest: approveAll });
  const answer = await session.sendAndWait({ prompt: 'hi' });
  assert.equal(answer.data.content, 'from the wrapper');
  await client.stop();
  const text = fs.readFileSync(journal, 'utf8');
  const events = text.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(events[0].event, 'start');
  assert.ok(events.some((e) => e.event === 'received' && e.message.method === 'session.create'));
  assert.ok(!text.includes('tok-very-secret'), 'the journal holds no token');
});
