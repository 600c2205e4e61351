// SPDX-License-Identifier: MIT
//
// A small harness on the official SDK: attempts, and the sessions that
// conversations go on with.
import path from 'node:path';

import { copilotHome, fingerprint, resolveAuth } from './auth.mjs';
import { clientKey, Clients } from './clients.mjs';
import { PendingQuestion, questionText } from './question.mjs';
import { bridgeTools } from './tools.mjs';
import { messagesOf, mirror } from './transcript.mjs';
import { Turn } from './turn.mjs';

const disposed = '[copilot] harness has been disposed; cannot start new attempts';
const defaultRejection = {
  kind: 'reject',
  feedback: 'copilot agent runtime: no permission policy installed (fail-closed default)',
};
const unsupported = {
  message: '[copilot-attempt] unsupported model: this harness runs github-copilot only',
  code: 'model_not_supported',
};

const isTimeout = (error) => /^Timeout after \d+ms waiting for session\.idle$/.test(error.message);
const isUnknownSession = ({ message }) =>
  /session( |:).*not found|session not found|unknown session id|session id .*(does not exist|not found)|session .*does not exist|no such session/i.test(
    message,
  );
const isStale = ({ message }) => /\b(404|not found|no such session|unknown session|stale|deleted|does not exist)\b/i.test(message);

const present = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
const promptError = ({ message, code }) => present({ message, code: code === undefined ? undefined : String(code) });

/** `model` is an id or an object. */
function modelOf(params) {
  const model = typeof params.model === 'object' && params.model ? params.model : (params.runtimeModel ?? {});
  const named = typeof params.model === 'string' ? params.model : '';
  return {
    provider: model.provider || params.provider || '',
    modelId: model.id || named || params.modelId || '',
    modelApi: model.api || '',
    baseUrl: model.baseUrl || '',
  };
}

/** What the parts of a session must have in common to go on with it. */
function sessionKeys(params, model, auth, home) {
  const place = [params.cwd || params.workspaceDir, params.agentId, params.agentDir, params.copilotHome, home];
  const compact = JSON.stringify([model.provider, model.modelId, place]);
  return { compact, all: JSON.stringify([compact, model.modelApi, fingerprint(model.baseUrl), auth.mode, auth.profileId, auth.profileVersion]) };
}

/** One attempt while it runs. */
class Attempt {
  question = new PendingQuestion();
  controller = new AbortController();
  session = null;
  turn = null;

  abort() {
    if (this.controller.signal.aborted) return;
    this.controller.abort(new Error('aborted'));
    if (this.turn) this.turn.aborted = true;
    this.question.cancel();
    if (this.sent && !this.settled) this.session.abort().catch(() => {});
  }
}

export class Harness {
  #clients;
  #env;
  #bindings = new Map(); // sessionId → {sdkSessionId, keys, key, auth, home, config}
  #running = new Set();
  #disposed = false;

  constructor({ sdk, cli, options = {}, env }) {
    this.id = options.id || 'copilot';
    this.label = options.label || 'GitHub Copilot agent runtime';
    this.#env = env;
    this.#clients = new Clients(sdk, cli, env, options.idleTtlMs);
  }

  newAttempt() {
    return new Attempt();
  }

  async run(attempt, { params, tools = [], host }) {
    if (this.#disposed) throw new Error(disposed);
    const model = modelOf(params);
    if (model.provider.trim().toLowerCase() !== 'github-copilot') return failedResult(params, unsupported);
    const auth = resolveAuth(params, this.#env);
    const work = this.#attempt(attempt, params, model, auth, tools, host);
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }

  async reset(sessionId) {
    const binding = this.#bindings.get(sessionId);
    if (!binding || this.#disposed) return;
    this.#bindings.delete(sessionId);
    try {
      const { client, release } = await this.#clients.lease(binding.key, binding.auth, binding.home);
      await client.deleteSession(binding.sdkSessionId).finally(release);
    } catch {
      // The CLI may refuse; the conversation is forgotten all the same.
    }
  }

  async dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    await Promise.allSettled(this.#running);
    await this.#clients.stop();
  }

  /** Without waiting for anybody. */
  async kill() {
    this.#disposed = true;
    await this.#clients.kill();
    await Promise.allSettled(this.#running);
  }

  async compact(params) {
    const refused = (reason, rawError) => ({
      ok: false, compacted: false, reason, failure: present({ reason, rawError }),
    });
    if (!params.sessionId?.trim()) return { ok: false, compacted: false, reason: 'missing-required-params' };
    const auth = resolveAuth(params, this.#env);
    const home = copilotHome(params, this.#env);
    const binding = this.#bindings.get(params.sessionId);
    const keys = sessionKeys(params, modelOf(params), auth, home);
    const own = binding?.auth;
    const same =
      own && own.mode === auth.mode && (auth.mode === 'useLoggedInUser' || own.token === auth.token) && binding.keys.compact === keys.compact;
    if (!same) return refused('missing_thread_binding');
    if (binding.compacting) return refused('background-compaction-pending');
    const { client, release } = await this.#clients.lease(binding.key, own, binding.home);
    try {
      const session = await client.resumeSession(binding.sdkSessionId, {
        ...binding.config,
        continuePendingWork: false,
        suppressResumeEvent: true,
      });
      try {
        const instructions = params.customInstructions?.trim() ? { customInstructions: params.customInstructions } : undefined;
        return compacted(params, await session.rpc.history.compact(instructions), refused);
      } finally {
        await session.disconnect().catch(() => {});
      }
    } catch (error) {
      if (!isStale(error)) return refused('copilot-sdk-history-compact-failed', error.message);
      this.#bindings.delete(params.sessionId);
      return refused('stale_thread_binding', error.message);
    } finally {
      release();
    }
  }

  async #attempt(attempt, params, model, auth, tools, host) {
    const { signal } = attempt.controller;
    const began = Date.now();
    const home = copilotHome(params, this.#env);
    const key = clientKey(params, auth, home);
    const replay = params.initialReplayState ?? {};
    const result = { ...emptyResult(params), replaySafe: !replay.replayInvalid };
    if (signal.aborted) return finished(Object.assign(result, { aborted: true, externalAbort: true }), params, null);

    let bridged;
    try {
      bridged = bridgeTools(params, tools, host.executeTool, signal);
    } catch ({ message }) {
      result.promptError = { message: `[copilot-attempt] tool-bridge construction failed: ${message}`, code: 'tool_bridge_failure' };
      return finished(result, params, null);
    }
    let lease;
    try {
      lease = await this.#clients.lease(key, auth, home);
    } catch (error) {
      result.promptError = promptError(error);
      return finished(result, params, null);
    }
    const config = this.#config(attempt, params, model, auth, bridged, host);
    const keys = sessionKeys(params, model, auth, home);
    try {
      const session = await this.#open(lease.client, params, keys, config, result);
      attempt.session = session;
      result.sdkSessionId = result.sessionIdUsed = session.sessionId;
      const binding = { sdkSessionId: session.sessionId, keys, key, auth, home, config };
      this.#bindings.set(params.sessionId, binding);
      host.established(session.sessionId);
      await this.#turn(attempt, params, model, session, lease.ended, host, result, binding);
    } catch (error) {
      if (signal.aborted) result.aborted = result.externalAbort = true;
      else result.promptError ??= promptError(error);
    }
    lease.release();
    return finished(result, params, attempt.turn, began, host);
  }

  #config(attempt, params, model, auth, tools, host) {
    const cwd = path.resolve(params.cwd || params.workspaceDir || '.');
    const workspace = path.resolve(params.workspaceDir || cwd);
    const raw = params.modelRun || params.promptMode === 'none';
    const extra = params.extraSystemPrompt;
    return present({
      model: model.modelId || 'unknown-model',
      tools,
      availableTools: [...tools.map((tool) => tool.name), 'builtin:ask_user'],
      workingDirectory: cwd,
      instructionDirectories: cwd === workspace ? undefined : [workspace],
      streaming: true,
      infiniteSessions: params.infiniteSessions,
      enableSessionTelemetry: params.enableSessionTelemetry,
      reasoningEffort: params.reasoningEffort,
      systemMessage: extra && !raw ? { mode: 'append', content: `## ${params.promptMode === 'minimal' ? 'Subagent' : 'Group Chat'} Context\n${extra}` } : undefined,
      gitHubToken: auth.mode === 'gitHubToken' ? auth.token : undefined,
      onPermissionRequest: async (request, { sessionId }) => {
        try {
          return (await host.decide?.(request, sessionId)) ?? defaultRejection;
        } catch ({ message }) {
          return { kind: 'reject', feedback: `copilot permission policy threw: ${message}` };
        }
      },
      onUserInputRequest: (request) => {
        const answer = attempt.question.ask(request);
        if (!attempt.controller.signal.aborted) {
          const { question, choices, allowFreeform = true } = request;
          host.asked({ question, choices: choices ?? [], allowFreeform, text: questionText(request) });
        }
        return answer;
      },
    });
  }

  /** Creates the session, or resumes the one that the conversation has. */
  async #open(client, params, keys, config, result) {
    const replay = params.initialReplayState ?? {};
    const bound = this.#bindings.get(params.sessionId);
    let resume = replay.sdkSessionId?.trim() || (bound?.keys.all === keys.all && !bound.compacting ? bound.sdkSessionId : '');
    if (resume && replay.replayInvalid) {
      resume = '';
      result.replaySafe = false;
    }
    if (!resume) return client.createSession(config);
    try {
      return await client.resumeSession(resume, { ...config, continuePendingWork: false });
    } catch (error) {
      if (!isUnknownSession(error)) throw error;
      result.replaySafe = false;
      return client.createSession(config);
    }
  }

  async #turn(attempt, params, model, session, ended, host, result, binding) {
    const { signal } = attempt.controller;
    const turn = new Turn({ ...params, ...model }, session, host.delta);
    attempt.turn = turn;
    const stop = session.on((event) => {
      turn.take(event);
      binding.compacting = turn.compacting;
    });
    try {
      if (signal.aborted) throw signal.reason;
      attempt.sent = true;
      const answer = await Promise.race([session.sendAndWait({ prompt: params.prompt }, params.timeoutMs ?? 600000), ended]);
      attempt.settled = true;
      if (signal.aborted) throw signal.reason;
      if (turn.error) result.promptError = turn.error;
      else if (!answer || answer.agentId) result.timedOut = true;
    } catch (error) {
      attempt.settled = true;
      if (signal.aborted) {
        result.aborted = result.externalAbort = true;
      } else if (isTimeout(error) && !turn.error) {
        result.timedOut = true;
      } else {
        result.promptError = turn.error ?? promptError(error);
      }
    }
    result.timedOutDuringCompaction = result.timedOut && turn.compacting;
    stop();
    try {
      await Promise.race([session.disconnect(), ended]);
    } catch (error) {
      if (!result.promptError && !result.timedOut) result.promptError = promptError(error);
    }
  }
}

function emptyResult(params) {
  return {
    aborted: false, externalAbort: false, timedOut: false, timedOutDuringCompaction: false,
    promptError: null, sessionIdUsed: params.sessionId,
  };
}

function failedResult(params, error) {
  return finished({ ...emptyResult(params), replaySafe: true, promptError: error }, params, null);
}

/** The result as the host gets it; mirrors the turn. */
function finished({ replaySafe, ...result }, params, turn, began, host) {
  const assistant =
    turn?.assistant(began) ?? (params.messages ?? []).findLast((message) => message.role === 'assistant') ?? null;
  const messages = host ? messagesOf(params, result.sdkSessionId, assistant, began) : [];
  if (host && params.sessionFile && params.sessionId) {
    try {
      mirror(params.sessionFile, `copilot:${result.sdkSessionId || params.sessionId}`, messages);
    } catch ({ message }) {
      host.warn(`[copilot-attempt] dual-write transcript mirror failed: ${message}`);
    }
  }
  const hadPotentialSideEffects = Boolean(turn?.sideEffects || result.timedOut);
  return present({
    ...result,
    assistantTexts: turn?.assistantTexts ?? [],
    lastAssistant: assistant ?? undefined,
    attemptUsage: turn?.usage ?? undefined,
    messagesSnapshot: host ? messages.map(({ message }) => message) : (params.messages ?? []),
    itemLifecycle: {
      startedCount: turn?.started ?? 0,
      completedCount: turn?.completed ?? 0,
      activeCount: Math.max(0, (turn?.started ?? 0) - (turn?.completed ?? 0)),
    },
    toolMetas: turn?.toolMetas ?? [],
    replayMetadata: { hadPotentialSideEffects, replaySafe: replaySafe && !hadPotentialSideEffects },
  });
}

function compacted(params, raw, refused) {
  if (raw.success === false) return refused('copilot-sdk-history-compact-failed');
  const tokens = raw.tokensRemoved ?? 0;
  if (tokens <= 0 && (raw.messagesRemoved ?? 0) <= 0) return { ok: true, compacted: false, reason: 'already under target' };
  const after = raw.contextWindow?.currentTokens;
  return {
    ok: true,
    compacted: true,
    reason: 'copilot-sdk-history-compacted',
    result: {
      summary: raw.summaryContent ?? '',
      firstKeptEntryId: '',
      tokensBefore: params.currentTokenCount ?? (after ?? 0) + tokens,
      tokensAfter: after,
      details: raw,
      sessionId: params.sessionId,
      sessionFile: params.sessionFile ?? '',
    },
  };
}
