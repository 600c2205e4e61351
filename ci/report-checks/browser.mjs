// SPDX-License-Identifier: MIT
//
// Opens a page of the html report in a browser and uses it as people do.
//   node browser.mjs PAGE SCREENSHOTS [TOOLS]
// PAGE is one of a run with failures; SCREENSHOTS a directory for pictures;
// TOOLS where playwright-core is installed. CHROMIUM names the browser.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [page, screenshots, tools = '.'] = process.argv.slice(2);
const require = createRequire(path.resolve(tools, 'package.json'));
const {chromium} = require('playwright-core');
const url = pathToFileURL(path.resolve(page)).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

async function openPage(options, hash = '') {
  const context = await browser.newContext(
      {viewport: {width: 1280, height: 900}, ...options});
  const tab = await context.newPage();
  tab.complaints = [];
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      tab.complaints.push(message.text());
    }
  });
  tab.on('pageerror', (error) => tab.complaints.push(String(error)));
  tab.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) {
      tab.complaints.push(`asks for ${request.url()}`);
    }
  });
  await tab.goto(url + hash);
  return tab;
}

const shoot = (tab, name) =>
  tab.screenshot({path: path.join(screenshots, `${name}.png`)});
const visible = (tab) => tab.locator('.row:visible').count();
const contrast = (tab, selector) => tab.evaluate((wanted) => {
  // What the browser has made of a colour, as red, green and blue.
  const canvas = document.createElement('canvas')
      .getContext('2d', {willReadFrequently: true});
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => {
      const part = c / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const node = document.querySelector(wanted);
  let behind = node;
  while (channels(getComputedStyle(behind).backgroundColor)[3] === 0) {
    behind = behind.parentElement;
  }
  const [high, low] = [getComputedStyle(node).color,
    getComputedStyle(behind).backgroundColor]
      .map(luminance).sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}, selector);

// Totals and matrix.
const tab = await openPage({colorScheme: 'light'});
const all = await visible(tab);
assert.ok(all > 0, 'no scenarios');
assert.match(await tab.locator('#count').textContent(),
    new RegExp(`^${all} of ${all}$`));
await shoot(tab, 'light');

// Filters.
const red = await tab.locator('.row .fail.status').count();
assert.ok(red > 0, 'no failures to look at');
await tab.locator('#statuses label', {hasText: /^fail \d/}).click();
assert.equal(await visible(tab), red);
await tab.locator('#statuses label', {hasText: /^fail \d/}).click();
const area = await tab.locator('#area option').nth(1).getAttribute('value');
await tab.selectOption('#area', area);
const inArea = await visible(tab);
assert.ok(inArea > 0 && inArea <= all);
assert.equal(await tab.locator(`.row:visible[id^="${area}/"]`).count(), inArea);
await tab.selectOption('#area', '');
const failing = await tab.locator('.row:has(.fail.status)').first()
    .getAttribute('id');
await tab.keyboard.press('Escape');
await tab.evaluate(() => document.activeElement.blur());
await tab.keyboard.press('/');
await tab.keyboard.type(failing);
assert.equal(await tab.evaluate(() => document.activeElement.id), 'find');
assert.ok(await visible(tab) >= 1 && await visible(tab) < all,
    'text filters nothing');
await tab.fill('#find', 'nothing is called like this');
assert.equal(await visible(tab), 0);
assert.ok(await tab.locator('#nothing').isVisible());
await tab.fill('#find', '');

// Keys: down to the first row, open, close.
await tab.focus('#find');
await tab.keyboard.press('ArrowDown');
await tab.keyboard.press('Enter');
assert.equal(await tab.locator('.detail').count(), 1);
await tab.keyboard.press('Escape');
assert.equal(await tab.locator('.detail').count(), 0);
assert.deepEqual(tab.complaints, []);

// A permalink opens its scenario, with diff, diagram and payloads.
for (const colorScheme of ['light', 'dark']) {
  const linked = await openPage({colorScheme}, `#${failing}`);
  await linked.locator('.detail .panel').waitFor();
  assert.ok(await linked.locator('.panel .clauses li').count() > 0,
      'no clauses');
  // Of the first run, which is the failing one.
  const panel = linked.locator('.detail .panel section').first();
  assert.ok(await panel.locator('.diff .expected, .diff .came').count() > 0,
      'no diff');
  const arrows = panel.locator('.sequence svg g.said');
  assert.ok(await arrows.count() > 3, 'no sequence diagram');
  assert.ok((await panel.locator('.sequence svg .head').count()) >= 2);
  await arrows.nth(1).click();
  assert.ok(await panel.locator('.payload').isVisible(), 'no payload');
  const before = await panel.locator('.payload').textContent();
  await linked.keyboard.press('ArrowDown');
  assert.notEqual(await panel.locator('.payload').textContent(), before);
  await panel.locator('summary', {hasText: 'As text'}).click();
  await panel.locator('.frames tbody tr').first().waitFor();
  for (const selector of ['.row .id', '.row .title', '.fail.status',
    '.pass.status', '.meta', '.diff .expected, .diff .came', '#count']) {
    const ratio = await contrast(linked, selector);
    assert.ok(ratio >= 4.5, `${selector} has a contrast of ${ratio}`);
  }
  await panel.locator('summary', {hasText: 'As text'}).click();
  await linked.evaluate(() => scrollTo(0, 0));
  await linked.locator(`.row[id="${failing}"]`).scrollIntoViewIfNeeded();
  await shoot(linked, `scenario-${colorScheme}`);
  assert.deepEqual(linked.complaints, []);
  await linked.context().close();
}

// Dark, and the choice of the reader.
const dark = await openPage({colorScheme: 'dark'});
await shoot(dark, 'dark');
const background = () =>
  dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
const night = await background();
await dark.click('#theme');
assert.notEqual(await background(), night, 'the theme does not change');
assert.deepEqual(dark.complaints, []);

// On paper, failures are open.
await tab.evaluate(() => dispatchEvent(new Event('beforeprint')));
assert.ok(await tab.locator('.detail').count() >= 1);

// A small screen needs no scrolling to the side.
const phone = await openPage({viewport: {width: 390, height: 800}});
assert.ok(await phone.evaluate(() =>
  document.documentElement.scrollWidth <= innerWidth), 'too wide for a phone');
await shoot(phone, 'phone');

await browser.close();
console.log(`${all} scenarios, ${red} of them failing: the page works`);
