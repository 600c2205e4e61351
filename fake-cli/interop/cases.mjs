// SPDX-License-Identifier: MIT
//
// What every version of the SDK is asked to do. A case returns nothing when it
// passed, and the reason when the SDK, or the release of the CLI, has no such
// thing.
import assert from 'node:assert/strict';

const callLookup = { toolCall: { name: 'lookup', arguments: { q: 'cats' }, as: 'answer' } };
const lookupTurn = { turns: [{ steps: [callLookup, { say: 'Found: {{answer.text}}' }] }] };
const askPermission = { permission: { kind: 'shell', fullCommandText: 'ls', as: 'decision' } };
const permissionTurn = { turns: [{ steps: [askPermission, { say: 'went on' }] }] };

/** Plays `script` in a session with `config`; the answer and what tools came to. */
async function play(lab, script, config, body) {
  return lab.withClient({ script }, async (client) => {
    const session = await client.createSession({ onPermissionRequest: () => lab.sdk.approve(), ...config });
    const completed = [];
    session.on((event) => {
      if (event.type === 'tool.execution_complete') completed.push(event.data);
    });
    if (body) return body(session, completed);
    const answer = await session.sendAndWait({ prompt: 'go' });
    return { text: answer?.data.content, completed };
  });
}

const oldWords = 'the SDK decides in words that the newest release does not know';

/** Why the newest release does not run the tools of this SDK. */
function toolObstacle(lab) {
  const asks = !lab.sdk.knows('skipPermission');
  return lab.newest && lab.sdk.oldWords && asks ? oldWords : undefined;
}

const lookup = (lab, handler) => play(lab, lookupTurn, { tools: [lab.sdk.tool('lookup', handler)] });

/** A tool that returns a result object; `check` gets the answer and the tool. */
async function lookupObject(lab, result, check) {
  const obstacle = toolObstacle(lab);
  if (obstacle) return obstacle;
  const { text, completed } = await lookup(lab, () => result);
  if (!lab.sdk.sendsResultObjects) {
    assert.equal(text, `Found: ${JSON.stringify(result)}`);
    return 'the SDK sends result objects as text';
  }
  return check(text, completed[0]);
}

/** A decision about a permission: what the tool came to, and what was said then. */
async function decide(lab, decision) {
  if (lab.sdk.oldWords && lab.newest) return { reason: oldWords };
  const asked = [];
  const onPermissionRequest = (request) => {
    asked.push(request.kind);
    return decision;
  };
  const { text, completed } = await play(lab, permissionTurn, { onPermissionRequest });
  assert.deepEqual(asked, ['shell']);
  return { text, tool: completed[0] };
}

export const cases = {
  'starts, and knows the protocol': async (lab) => {
    await lab.withClient({}, async (client) => {
      assert.equal((await client.getStatus()).protocolVersion, lab.sdk.newestProtocol);
      assert.match((await client.ping('hi')).message, /hi/);
    });
  },

  'quick start': async (lab) => {
    const { text } = await play(lab, undefined, { model: 'gpt-5' });
    assert.match(text, /go/);
  },

  streaming: async (lab) => {
    const script = { turns: [{ say: ['one ', 'two ', 'three'] }] };
    await play(lab, script, { streaming: true }, async (session) => {
      const deltas = [];
      session.on((event) => {
        if (event.type === 'assistant.message_delta') deltas.push(event.data.deltaContent);
      });
      const answer = await session.sendAndWait({ prompt: 'count' });
      assert.deepEqual(deltas, ['one ', 'two ', 'three']);
      assert.equal(answer.data.content, 'one two three');
    });
  },

  'a tool that returns a string': async (lab) => {
    const obstacle = toolObstacle(lab);
    if (obstacle) return obstacle;
    const calls = [];
    const { text, completed } = await lookup(lab, (args) => {
      calls.push(args);
      return 'many cats';
    });
    assert.deepEqual(calls, [{ q: 'cats' }]);
    assert.equal(completed[0].success, true);
    assert.equal(text, 'Found: many cats');
  },

  'a tool that returns an object': async (lab) => {
    const obstacle = toolObstacle(lab);
    if (obstacle) return obstacle;
    const { text } = await lookup(lab, () => ({ cats: 3 }));
    assert.equal(text, 'Found: {"cats":3}');
  },

  'a tool that returns a failure': (lab) => {
    const failure = { textResultForLlm: 'no cats here', resultType: 'failure', error: 'out of cats' };
    return lookupObject(lab, failure, (text, tool) => {
      assert.equal(tool.success, false);
      assert.equal(text, 'Found: no cats here');
    });
  },

  'a tool that throws': async (lab) => {
    const obstacle = toolObstacle(lab);
    if (obstacle) return obstacle;
    const { text, completed } = await lookup(lab, () => {
      throw new Error('kaboom');
    });
    assert.equal(completed[0].success, false);
    assert.match(text, /^Found: ./);
    assert.doesNotMatch(text, /kaboom/);
  },

  'a tool that returns a picture': (lab) => {
    const picture = { data: 'aGk=', mimeType: 'image/png', type: 'image', description: 'a cat' };
    const result = { textResultForLlm: 'a picture', resultType: 'success', binaryResultsForLlm: [picture] };
    return lookupObject(lab, result, (text, tool) => {
      assert.equal(tool.success, true);
      assert.equal(text, 'Found: a picture');
      assert.deepEqual(lab.received('binaryResultsForLlm'), [picture]);
    });
  },

  'permission approved': async (lab) => {
    const { text, tool, reason } = await decide(lab, lab.sdk.approve());
    if (reason) return reason;
    assert.equal(tool.success, true);
    assert.equal(text, 'went on');
  },

  'permission rejected': async (lab) => {
    const { text, tool, reason } = await decide(lab, lab.sdk.reject());
    if (reason) return reason;
    assert.equal(tool.success, false);
    assert.notEqual(text, 'went on', 'the turn ends');
  },

  'permission rejected with feedback': async (lab) => {
    if (!lab.sdk.knows('feedback')) return 'a rejection has no feedback';
    const { text, tool, reason } = await decide(lab, lab.sdk.reject('not today'));
    if (reason) return reason;
    assert.equal(tool.success, false);
    assert.match(tool.error.message, /not today/);
    assert.equal(text, 'went on');
  },

  'no permission handler': async (lab) => {
    const config = { onPermissionRequest: undefined };
    if (lab.sdk.needsPermissionHandler) {
      await assert.rejects(play(lab, permissionTurn, config), /handler is required/);
      return 'the SDK insists on a handler';
    }
    const { completed } = await play(lab, permissionTurn, config);
    assert.equal(completed[0].success, false);
  },

  'ask_user': async (lab) => {
    if (!lab.sdk.knows('onUserInputRequest')) return 'the SDK has no handler for questions';
    const ask = { askUser: { question: 'Which colour?', choices: ['red', 'blue'], as: 'reply' } };
    const script = { turns: [{ steps: [ask, { say: 'You said {{reply.answer}}.' }] }] };
    const questions = [];
    const onUserInputRequest = (request) => {
      questions.push(request);
      return { answer: 'blue', wasFreeform: false };
    };
    const { text } = await play(lab, script, { onUserInputRequest });
    assert.equal(questions[0].question, 'Which colour?');
    assert.deepEqual(questions[0].choices, ['red', 'blue']);
    assert.equal(text, 'You said blue.');
  },

  hooks: async (lab) => {
    if (!lab.sdk.knows('onPreToolUse')) return 'the SDK has no hooks';
    const prompts = [];
    const calls = [];
    const hooks = {
      onUserPromptSubmitted: (input) => void prompts.push(input.prompt),
      onPreToolUse: (input) => ({ permissionDecision: input.toolName === 'lookup' ? 'deny' : 'allow' }),
    };
    const tools = [lab.sdk.tool('lookup', (args) => calls.push(args))];
    const { completed } = await play(lab, lookupTurn, { hooks, tools });
    assert.deepEqual(prompts, ['go']);
    assert.deepEqual(calls, [], 'the hook keeps the tool from running');
    assert.equal(completed[0].success, false);
  },

  'resume from a second client': async (lab) => {
    const home = lab.newHome();
    const onPermissionRequest = () => lab.sdk.approve();
    let sessionId;
    await lab.withClient({ home }, async (client) => {
      const session = await client.createSession({ onPermissionRequest });
      sessionId = session.sessionId;
      await session.sendAndWait({ prompt: 'remember me' });
      await lab.sdk.end(session);
    });
    await lab.withClient({ home }, async (client) => {
      const session = await client.resumeSession(sessionId, { onPermissionRequest });
      assert.equal(session.sessionId, sessionId);
      const users = (await lab.sdk.events(session)).filter((event) => event.type === 'user.message');
      assert.deepEqual(users.map((event) => event.data.content), ['remember me']);
      assert.match((await session.sendAndWait({ prompt: 'again' })).data.content, /again/);
    });
  },

  abort: async (lab) => {
    await play(lab, { turns: [{ steps: [{ stall: true }] }] }, {}, async (session) => {
      const next = (type) =>
        new Promise((resolve) => {
          session.on((event) => event.type === type && resolve(event));
        });
      const started = next('assistant.turn_start');
      const idle = next('session.idle');
      await session.send({ prompt: 'forever' });
      await started;
      await session.abort();
      await idle;
      assert.match((await session.sendAndWait({ prompt: 'still there?' })).data.content, /still there\?/);
    });
  },

  compaction: async (lab) => {
    const script = { compaction: { summary: 'All about cats.', messagesRemoved: 2, tokensRemoved: 500 } };
    return play(lab, script, {}, async (session) => {
      const compact = lab.sdk.compaction(session);
      if (!compact) return 'the SDK has no method for it';
      await session.sendAndWait({ prompt: 'cats' });
      if (lab.release === '0.0.420') {
        await assert.rejects(compact(), /Authentication required for compaction/);
        return 'the release insists on a login';
      }
      if (lab.newest && session.rpc.compaction) {
        await assert.rejects(compact(), /Unhandled method session\.compaction\.compact/);
        return 'the newest release has another name for it';
      }
      const result = await compact();
      assert.equal(result.success, true);
      assert.equal(result.tokensRemoved, 500);
    });
  },

  'several sessions at once': async (lab) => {
    await lab.withClient({}, async (client) => {
      const prompts = ['alpha', 'beta', 'gamma'];
      const sessions = await Promise.all(
        prompts.map(() => client.createSession({ onPermissionRequest: () => lab.sdk.approve() })),
      );
      const answers = await Promise.all(sessions.map((session, i) => session.sendAndWait({ prompt: prompts[i] })));
      answers.forEach((answer, i) => assert.match(answer.data.content, new RegExp(prompts[i])));
      await lab.sdk.end(sessions[0]);
      assert.match((await sessions[1].sendAndWait({ prompt: 'delta' })).data.content, /delta/);
    });
  },

  TCP: async (lab) => {
    await lab.withClient({ transport: 'tcp' }, async (client) => {
      const session = await client.createSession({ onPermissionRequest: () => lab.sdk.approve() });
      assert.match((await session.sendAndWait({ prompt: 'over TCP' })).data.content, /over TCP/);
    });
  },

  'TCP with a connection token': async (lab) => {
    if (!lab.sdk.knows('connectionToken')) return 'the SDK has no connection tokens';
    await lab.withClient({ transport: 'tcp', token: 'a-connection-token' }, async (client) => {
      const session = await client.createSession({ onPermissionRequest: () => lab.sdk.approve() });
      assert.match((await session.sendAndWait({ prompt: 'with a token' })).data.content, /with a token/);
    });
  },
};
