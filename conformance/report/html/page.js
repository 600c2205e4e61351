// SPDX-License-Identifier: MIT
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const MARKS = {
    'pass': '✓', 'fail': '✗', 'error': '!', 'skip': '–', 'rehearsed': '◐',
    'expected-fail': '○', 'unexpected-pass': '‼', 'flake': '≈', 'none': '·',
  };
  // The worst one speaks for a scenario with several rounds.
  const ORDER = ['fail', 'error', 'unexpected-pass', 'flake', 'expected-fail',
    'rehearsed', 'pass', 'skip', 'none'];
  const RED = new Set(['fail', 'error', 'unexpected-pass', 'flake']);
  const MOST_DRAWN = 250;
  const by = (id) => document.getElementById(id);

  // make('p', {class: 'x'}, 'text', child, …); texts are never markup.
  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) node.setAttribute(name, '');
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    for (const child of children.flat()) {
      if (child != null && child !== false) node.append(child);
    }
    return node;
  }
  const make = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);
  const draw = (tag, attributes, ...children) =>
    fill(document.createElementNS('http://www.w3.org/2000/svg', tag),
        attributes, children);

  const seconds = (value) =>
    value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
  const statusOf = (results) => results.length === 0 ? 'none' :
    results.map((result) => result.status)
        .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))[0];
  const word = (status) =>
    status === 'none' ? 'did not run' : status.replace('-', ' ');

  function status(name) {
    return make('span', {'class': `status ${name}`, 'data-mark': MARKS[name]},
        word(name));
  }

  function counted(count, what) {
    return make('span', {}, make('b', {}, String(count)), ` ${what}`);
  }

  // Totals

  function showOverview() {
    const first = data.runs[0];
    const several = data.runs.length > 1;
    by('subtitle').textContent = several ?
      `${data.runs.length} runs, ${data.scenarios.length} scenarios` :
      `${first.name}: ${first.total} scenarios in ${seconds(first.seconds)}`;
    document.title = several ? 'Conformance report' :
      `${first.failed ? '✗' : '✓'} ${first.name} – conformance`;
    for (const run of data.runs) {
      const part = (count, name) => count > 0 &&
        make('i', {'class': name, 'style': `flex: ${count}`});
      const when = run.started > 0 ?
        new Date(run.started * 1000).toISOString().slice(0, 16)
            .replace('T', ' ') + ' UTC, ' : '';
      by('overview').append(make('article', {'class': 'run'},
          make('h2', {}, run.name),
          make('div', {'class': 'when'},
              `${when}${run.total} scenarios in ${seconds(run.seconds)}`),
          make('div', {'class': 'bar', 'aria-hidden': 'true'},
              part(run.passed, 'pass'), part(run.failed, 'fail'),
              part(run.other, 'other'), part(run.skipped, 'skip-part')),
          make('div', {'class': 'numbers'},
              counted(run.passed, 'passed'), counted(run.failed, 'failed'),
              counted(run.skipped, 'skipped'),
              run.other > 0 && counted(run.other, 'other'))));
    }
  }

  function showChanges() {
    const changes = data.changes;
    if (!changes) return;
    const list = (title, ids, linked) => ids.length > 0 && [
      make('h3', {}, `${title} (${ids.length})`),
      make('ul', {}, ids.map((id) => make('li', {'class': 'mono'},
          linked ? make('a', {'href': `#${id}`}, id) : id))),
    ];
    const parts = [
      list('Newly failing', changes.newlyFailing, true),
      list('Fixed', changes.fixed, true),
      list('New', changes.added, true),
      list('Gone', changes.gone, false),
    ].filter(Boolean);
    fill(by('changes'), {}, [
      make('h2', {}, `Since ${changes.since}`),
      parts.length > 0 ? parts : make('p', {}, 'Nothing has changed.'),
    ].flat(3));
    by('changes').hidden = false;
  }

  // Matrix

  const rows = new Map();  // by id: {scenario, row, link, detail, text, statuses}

  function rowOf(scenario) {
    const link = make('a', {
      'href': `#${scenario.id}`, 'aria-expanded': 'false',
    },
    make('span', {'class': 'id'}, scenario.id), ' ',
    make('span', {'class': 'title'}, scenario.title || ''));
    const red = scenario.results.flat().find((r) => RED.has(r.status));
    const why = red && (red.failures ? red.failures[0].title :
      (red.reason || '').split('\n')[0]);
    if (why) link.append(make('span', {'class': 'why'}, why));
    const statuses = scenario.results.map(statusOf);
    const row = make('tr', {'class': 'row', 'id': scenario.id},
        make('th', {'scope': 'row'}, link),
        make('td', {'class': 'level'}, scenario.level || ''),
        statuses.map((name, i) => make('td', {'class': 'cell'}, status(name),
            data.runs.length === 1 && name !== 'skip' && make('span',
                {'class': 'time'}, seconds(scenario.results[i]
                    .reduce((sum, r) => sum + r.seconds, 0))))));
    const text = [scenario.id, scenario.title, scenario.target,
      ...scenario.contract,
      ...scenario.results.flat().flatMap((r) => [r.reason || '',
        ...(r.failures || []).map((f) => f.title)])].join('\n').toLowerCase();
    rows.set(scenario.id, {scenario, row, link, text, statuses, detail: null});
    return row;
  }

  function showMatrix() {
    for (const run of data.runs) {
      by('columns').append(make('th', {'scope': 'col', 'class': 'cell'},
          data.runs.length > 1 ? run.name : 'Status'));
    }
    const areas = new Map();
    for (const scenario of data.scenarios) {
      if (!areas.has(scenario.area)) areas.set(scenario.area, []);
      areas.get(scenario.area).push(scenario);
    }
    const table = by('matrix');
    for (const [area, scenarios] of areas) {
      const passed = data.runs.map((_, i) => scenarios.filter(
          (s) => statusOf(s.results[i]) === 'pass').length);
      table.append(make('tbody', {},
          make('tr', {'class': 'area'}, make('th', {'scope': 'rowgroup',
            'colspan': 2 + data.runs.length}, area, ' ',
          make('span', {},
              `${passed.join(' / ')} of ${scenarios.length} passed`))),
          scenarios.map(rowOf)));
      by('area').append(make('option', {'value': area}, area));
    }
    const levels = ['core', 'extended', 'edge'].filter(
        (level) => data.scenarios.some((s) => s.level === level));
    for (const level of levels) {
      by('level').append(make('option', {'value': level}, level));
    }
    for (const name of ORDER) {
      const count = [...rows.values()]
          .filter((each) => each.statuses.includes(name)).length;
      if (count === 0) continue;
      by('statuses').append(make('label', {},
          make('input', {'type': 'checkbox', 'value': name}),
          `${word(name)} ${count}`));
    }
  }

  // Filters

  function filter() {
    const words = by('find').value.toLowerCase().split(/\s+/).filter(Boolean);
    const area = by('area').value;
    const level = by('level').value;
    const wanted = [...by('statuses').querySelectorAll('input:checked')]
        .map((input) => input.value);
    let shown = 0;
    for (const each of rows.values()) {
      const visible =
        (area === '' || each.scenario.area === area) &&
        (level === '' || each.scenario.level === level) &&
        (wanted.length === 0 ||
         each.statuses.some((name) => wanted.includes(name))) &&
        words.every((word) => each.text.includes(word));
      each.row.hidden = !visible;
      if (each.detail) each.detail.hidden = !visible;
      shown += visible;
    }
    for (const body of by('matrix').tBodies) {
      body.hidden = !body.querySelector('.row:not([hidden])');
    }
    by('count').textContent = `${shown} of ${rows.size}`;
    by('nothing').hidden = shown > 0;
  }

  // One scenario

  function failure(each) {
    return [
      make('h4', {}, each.title),
      make('pre', {'class': 'diff', 'tabindex': '0',
        'aria-label': `expected and came: ${each.title}`},
      each.detail.map(([sign, text]) => make('span', {
        'class': sign === '-' ? 'expected' : sign === '+' ? 'came' : null,
      }, sign === ' ' ? text || ' ' : `${sign} ${text}`))),
    ];
  }

  function command(text) {
    const button = make('button', {'type': 'button'}, 'Copy');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(button.previousSibling);
      }
    });
    return make('div', {'class': 'command'},
        make('pre', {'class': 'plain'}, text), button);
  }

  function resultOf(result, run) {
    const title = [data.runs.length > 1 && `${run.name}: `,
      status(result.status),
      make('span', {'class': 'time'}, seconds(result.seconds) +
        (result.round > 1 ? `, round ${result.round}` : ''))];
    return make('section', {},
        make('h3', {}, title),
        result.reason && make('pre', {'class': 'plain'}, result.reason),
        (result.failures || []).flatMap(failure),
        result.reproduce && RED.has(result.status) &&
          [make('h4', {}, 'Run it again'), command(result.reproduce)],
        result.kept && make('p', {'class': 'meta'}, 'kept in ',
            make('code', {}, result.kept)),
        result.stderr && make('details', {'open': !result.said},
            make('summary', {}, 'stderr'),
            make('pre', {'class': 'plain'}, result.stderr)),
        result.said && conversation(result));
  }

  function panelOf(scenario) {
    return make('div', {'class': 'panel'},
        make('p', {'class': 'meta'}, [scenario.target && `for a ${
          scenario.target}`, scenario.level, scenario.file]
            .filter(Boolean).join(' · ')),
        make('ul', {'class': 'clauses'}, scenario.contract.map((id) => {
          const clause = data.clauses[id] || {};
          return make('li', {'title': clause.source}, make('code', {}, id),
              clause.text || '');
        })),
        scenario.results.flatMap((results, i) => results.length === 0 ?
          [make('h3', {}, `${data.runs[i].name}: `, status('none'))] :
          results.map((result) => resultOf(result, data.runs[i]))));
  }

  function open(each, opened = true) {
    each.link.setAttribute('aria-expanded', String(opened));
    each.row.classList.toggle('open', opened);
    if (opened && !each.detail) {
      each.detail = make('tr', {'class': 'detail'}, make('td',
          {'colspan': 2 + data.runs.length}, panelOf(each.scenario)));
      each.row.after(each.detail);
    } else if (!opened && each.detail) {
      each.detail.remove();
      each.detail = null;
    }
  }

  function openPermalink() {
    const each = rows.get(decodeURIComponent(location.hash.slice(1)));
    if (!each) return;
    if (each.row.hidden) {
      for (const id of ['find', 'area', 'level']) by(id).value = '';
      for (const input of by('statuses').querySelectorAll('input')) {
        input.checked = false;
      }
      filter();
    }
    open(each);
    each.link.focus({preventScroll: true});
    each.row.scrollIntoView({block: 'start'});
  }

  function toggle(each) {
    if (each.detail) {
      open(each, false);
      history.replaceState(null, '', location.pathname + location.search);
    } else {
      open(each);
      history.replaceState(null, '', `#${each.scenario.id}`);
    }
  }

  // Who said what. Each is [at, from, to, kind, title, text, times].

  function lineLabel([at, from, to, kind, title]) {
    return `${at.toFixed(3)} s, ${from} to ${to}, ${kind}: ${title}`;
  }

  function pretty(text) {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  }

  function sides(said) {
    const rank = (name) => name === 'runner' ? 0 : name === 'harness' ? 1 :
      name.startsWith('CLI') ? 2 : 3;
    const names = new Set(said.flatMap(([, from, to]) => [from, to]));
    return [...names].sort(
        (a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', {numeric: true}));
  }

  function shortened(text, width) {
    const most = Math.max(8, Math.floor(width / 6.6));
    return text.length > most ? text.slice(0, most - 1) + '…' : text;
  }

  function arrow(each, y, columns, gap, focused) {
    const [at, from, to, kind, title, , times] = each;
    const x1 = columns.get(from);
    const x2 = columns.get(to);
    const right = x2 > x1;
    const tip = right ? x2 - 1 : x2 + 1;
    const back = right ? tip - 8 : tip + 8;
    const middle = (x1 + x2) / 2;
    const width = Math.abs(x2 - x1) - 16;
    const mark = kind === 'answer' ? '✓ ' : kind === 'error' ? '✗ ' : '';
    const label = mark + title + (times > 1 ? ` ×${times}` : '');
    const last = [...columns.values()].pop();
    return draw('g', {'class': `said ${kind}${focused ? ' focus' : ''}`,
      'tabindex': '-1', 'role': 'button', 'aria-label': lineLabel(each)},
    draw('rect', {'class': 'hit', 'x': 2, 'y': y - 20, 'rx': 4,
      'width': last + gap / 2 - 4, 'height': 27}),
    draw('text', {'class': 'clock', 'x': 8, 'y': y + 1}, at.toFixed(3)),
    draw('text', {'x': middle, 'y': y - 6, 'text-anchor': 'middle'},
        shortened(label, width)),
    draw('line', {'class': 'arrow', 'x1': x1, 'y1': y, 'x2': back, 'y2': y}),
    draw('path', {'class': 'tip',
      'd': `M${tip} ${y} L${back} ${y - 4} L${back} ${y + 4} Z`}));
  }

  function diagram(said, focus, choose) {
    const names = sides(said);
    const gap = Math.max(230, Math.min(420, 1040 / names.length));
    const columns = new Map(names.map(
        (name, i) => [name, 70 + gap * (i + 0.35)]));
    const step = 30;
    const top = 48;
    const height = top + said.length * step + 14;
    const width = 70 + gap * (names.length - 0.3);
    const svg = draw('svg', {'width': width, 'height': height,
      'viewBox': `0 0 ${width} ${height}`, 'role': 'group',
      'aria-label': `${said.length} messages between ${names.join(', ')}`});
    for (const [name, x] of columns) {
      svg.append(
          draw('line', {'class': 'life', 'x1': x, 'x2': x, 'y1': 30,
            'y2': height - 6}),
          draw('rect', {'class': 'head', 'x': x - 50, 'y': 6, 'width': 100,
            'height': 25, 'rx': 6}),
          draw('text', {'x': x, 'y': 23, 'text-anchor': 'middle'}, name));
    }
    const groups = said.map((each, i) => {
      const group = arrow(each, top + 22 + i * step, columns, gap, i === focus);
      group.addEventListener('click', () => select(i));
      svg.append(group);
      return group;
    });
    let current = Math.max(0, focus);
    if (groups[current]) groups[current].setAttribute('tabindex', '0');
    function select(i) {
      groups[current].classList.remove('chosen');
      groups[current].setAttribute('tabindex', '-1');
      current = i;
      groups[i].classList.add('chosen');
      groups[i].setAttribute('tabindex', '0');
      groups[i].focus({preventScroll: true});
      groups[i].scrollIntoView({block: 'nearest'});
      choose(said[i]);
    }
    svg.addEventListener('keydown', (event) => {
      const to = {'ArrowDown': current + 1, 'ArrowUp': current - 1, 'Home': 0,
        'End': groups.length - 1, 'Enter': current, ' ': current}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (groups[to]) select(to);
    });
    return svg;
  }

  function frames(said) {
    return make('table', {'class': 'frames'},
        make('thead', {}, make('tr', {},
            ['Time', 'From', 'To', 'Kind', 'What', 'Payload'].map(
                (name) => make('th', {'scope': 'col'}, name)))),
        make('tbody', {}, said.map(([at, from, to, kind, title, text, times]) =>
          make('tr', {},
              make('td', {'class': 'at'}, at.toFixed(3)), make('td', {}, from),
              make('td', {}, to), make('td', {}, kind),
              make('td', {}, times > 1 ? `${title} ×${times}` : title),
              make('td', {'class': 'mono'}, text)))));
  }

  function conversation(result) {
    const payload = make('pre', {'class': 'plain payload', 'hidden': true,
      'aria-live': 'polite'});
    const choose = (each) => {
      payload.textContent = `${lineLabel(each)}\n\n${pretty(each[5])}`;
      payload.hidden = false;
    };
    const focus = result.focus == null ? -1 : result.focus;
    const begin = Math.max(0, Math.min(result.said.length - MOST_DRAWN,
        focus - MOST_DRAWN / 2));
    const some = result.said.slice(begin, begin + MOST_DRAWN);
    const box = make('div', {'class': 'sequence', 'tabindex': '0',
      'role': 'region', 'aria-label': 'sequence diagram'},
    diagram(some, focus - begin, choose));
    const all = make('button', {'type': 'button'},
        `Draw all ${result.said.length}`);
    all.addEventListener('click', () => {
      box.replaceChildren(diagram(result.said, focus, choose));
      all.remove();
    });
    const text = make('details', {}, make('summary', {}, 'As text'));
    text.addEventListener('toggle', () => {
      if (text.open && text.children.length === 1) {
        text.append(frames(result.said));
      }
    });
    const shown = make('div', {}, make('h4', {}, 'What was said'), box,
        some.length < result.said.length && all, payload, text);
    // What the failure is about stands in the middle.
    requestAnimationFrame(() => {
      const focused = box.querySelector('.focus');
      if (focused) {
        box.scrollTop = focused.getBBox().y - box.clientHeight / 2;
      }
    });
    return shown;
  }

  // Keys, theme, print

  function move(by) {
    const visible = [...rows.values()].filter((each) => !each.row.hidden);
    const at = visible.findIndex(
        (each) => each.link === document.activeElement);
    const next = visible[at < 0 ? 0 : at + by];
    if (next) next.link.focus();
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches('[type="search"], select');
    const onRow = event.target.closest('.row');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      by('find').focus();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') &&
        (onRow || event.target === by('find'))) {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Escape') {
      const inside = event.target.closest('.row, .detail');
      for (const each of rows.values()) {
        if (each.detail && (each.row === inside || each.detail === inside)) {
          toggle(each);
          each.link.focus();
        }
      }
    }
  });

  function showTheme(theme) {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    by('theme').textContent = `Theme: ${theme}`;
  }

  function remembered() {
    try {
      return localStorage.getItem('conformance-theme') || 'auto';
    } catch {
      return 'auto';
    }
  }

  by('theme').addEventListener('click', () => {
    const themes = ['auto', 'light', 'dark'];
    const now = document.documentElement.dataset.theme || 'auto';
    const next = themes[(themes.indexOf(now) + 1) % themes.length];
    showTheme(next);
    try {
      localStorage.setItem('conformance-theme', next);
    } catch {
      // A page from a file may have no storage; it forgets the choice.
    }
  });

  by('matrix').addEventListener('click', (event) => {
    const row = event.target.closest('.row');
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    toggle(rows.get(row.id));
  });
  by('filters').addEventListener('input', filter);
  addEventListener('hashchange', openPermalink);
  addEventListener('beforeprint', () => {
    for (const each of rows.values()) {
      if (!each.row.hidden && each.statuses.some((name) => RED.has(name))) {
        open(each);
      }
    }
  });

  showTheme(remembered());
  showOverview();
  showChanges();
  showMatrix();
  filter();
  openPermalink();
})();
