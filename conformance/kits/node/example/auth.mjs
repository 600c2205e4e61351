// SPDX-License-Identifier: MIT
//
// Which credential an attempt uses, and where the CLI keeps its state.
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';

const variables = ['OPENCLAW_GITHUB_TOKEN', 'COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'];

export function fingerprint(secret) {
  return 'sha256:' + createHash('sha256').update(secret).digest('hex').slice(0, 12);
}

/** {mode, token?, profileId?, profileVersion?}, in order of precedence. */
export function resolveAuth(params, env) {
  const auth = params.auth ?? {};
  if (auth.useLoggedInUser) return { mode: 'useLoggedInUser' };
  const withToken = (token, profileId, profileVersion) => ({ mode: 'gitHubToken', token, profileId, profileVersion });
  if (auth.gitHubToken) {
    const id = auth.profileId || params.authProfileId;
    const version = auth.profileVersion || params.profileVersion;
    if (!id || !version) {
      throw new Error(
        '[copilot-attempt] gitHubToken auth requires profileId+profileVersion (pool keying safety; per Q5/Q1 decisions)',
      );
    }
    return withToken(auth.gitHubToken, id, version);
  }
  if (params.resolvedApiKey) {
    return withToken(params.resolvedApiKey, params.authProfileId || 'pi:resolved', fingerprint(params.resolvedApiKey));
  }
  const variable = variables.find((each) => env[each]);
  if (variable) return withToken(env[variable], `env:${variable}`, fingerprint(env[variable]));
  return { mode: 'useLoggedInUser' };
}

/** An agent's name as a part of a path. */
export function agentName(params) {
  const [, ofKey] = /^agent:([^:]*):/.exec(params.sessionKey ?? '') ?? [];
  const name = (params.agentId || ofKey || '').trim().toLowerCase();
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name) ? name : 'copilot';
}

export function copilotHome(params, env) {
  if (params.copilotHome) return path.resolve(params.copilotHome);
  if (params.agentDir) return path.resolve(params.agentDir, 'copilot');
  const base = env.OPENCLAW_HOME || env.HOME || os.homedir();
  return path.resolve(base, '.openclaw', 'agents', agentName(params), 'copilot');
}
