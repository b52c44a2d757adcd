// node page.cjs CHROMIUM FOLDER < JOB: opens pages in Chromium and says in JSON what they did.
//
// JOB is a list of {file, width, height, dark, steps, shot}; a step is {name, eval} (an
// expression evaluated in the page, its value is kept), {name, click}, {name, type: [selector,
// text]}, {name, key} or {name, download: selector}. Everything that a page asks for, logs or
// opens is listed.
'use strict';
const { chromium } = require('playwright-core');
const fs = require('node:fs');

async function main() {
  const jobs = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox'] });
  const out = [];
  try {
    for (const job of jobs) {
      const context = await browser.newContext({ viewport: { width: job.width, height: job.height }, colorScheme: job.dark ? 'dark' : 'light', javaScriptEnabled: !job.noScript, acceptDownloads: true });
      const page = await context.newPage();
      const said = { console: [], errors: [], requests: [], dialogs: [], values: {}, ready: 0 };
      page.on('console', m => said.console.push(m.type() + ': ' + m.text()));
      page.on('pageerror', e => said.errors.push(e.message));
      page.on('request', r => { if (r.url() !== 'file://' + job.file) said.requests.push(r.url()); });
      page.on('dialog', d => { said.dialogs.push(d.message()); d.dismiss(); });
      page.on('popup', p => said.requests.push('window ' + p.url()));
      await page.goto('file://' + job.file);
      if (!job.noScript) {
        await page.waitForSelector('html[data-ready]', { timeout: 20000 });
        // From the start of the navigation until the script has drawn the page.
        said.ready = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domInteractive);
      }
      for (const s of job.steps || []) {
        if (s.eval) said.values[s.name] = await page.evaluate(s.eval);
        if (s.click) await page.click(s.click);
        if (s.type) { await page.fill(s.type[0], s.type[1]); await page.waitForTimeout(250); }
        if (s.key) await page.keyboard.press(s.key);
        if (s.download) {
          const [d] = await Promise.all([page.waitForEvent('download'), page.click(s.download)]);
          said.values[s.name] = fs.readFileSync(await d.path(), 'utf8');
        }
      }
      if (job.shot) await page.screenshot({ path: job.shot, fullPage: !!job.full });
      if (job.pdf) await page.pdf({ path: job.pdf, format: 'A4' });
      out.push(said);
      await context.close();
    }
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(out));
}
main().catch(e => { console.error(e); process.exit(1); });
