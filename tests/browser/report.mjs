// Opens reports in Chromium and holds them against what a reader needs.
// node report.mjs CHROMIUM FOLDER: every *.html of the folder; findings go to stdout, one a line; screenshots and PDFs
// to FOLDER/shots where that folder exists.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const [executablePath, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = existsSync(join(folder, 'shots')) ? join(folder, 'shots') : null;
const found = [];
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// the printable part of A4 in CSS pixels: 297 mm less margins of 17 and 18 mm, 210 less 15 each side
const SHEET = { width: Math.floor((180 / 25.4) * 96), height: Math.floor((262 / 25.4) * 96) };

const browser = await puppeteer.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const files = readdirSync(folder).filter((name) => name.endsWith('.html'));
  if (files.length === 0) found.push('there is no page');
  for (const file of files) await open(file);
} finally {
  await browser.close();
}
for (const line of found) console.log(line);
process.exitCode = found.length === 0 ? 0 : 1;

async function open(file) {
  const complain = (what) => found.push(`${file}: ${what}`);
  const page = await browser.newPage();
  page.on('console', (message) => complain(`console: ${message.text()}`));
  page.on('pageerror', (error) => complain(`error: ${error.message}`));
  const own = pathToFileURL(join(folder, file)).href;
  page.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] !== own && !url.startsWith('data:')) complain(`asks for ${url}`);
  });
  await page.setViewport({ width: 1440, height: 900 });
  await page.setJavaScriptEnabled(false); // nothing of the page may need it
  await page.goto(own, { waitUntil: 'load' });
  await sections(page, complain);
  await themes(page, complain);
  await keyboard(page, complain);
  await page.setJavaScriptEnabled(true); // axe does
  await page.goto(own, { waitUntil: 'load' });
  for (const width of [390, 1440]) {
    await page.setViewport({ width, height: 900, deviceScaleFactor: width === 390 ? 2 : 1 });
    for (const language of ['zh', 'en']) {
      await choose(page, language);
      await languages(page, language, `${width} ${language}`, complain);
      for (const theme of ['light', 'dark']) {
        await choose(page, theme);
        await fits(page, `${width} ${language} ${theme}`, complain);
        await accessible(page, `${width} ${language} ${theme}`, complain);
        if (shots) {
          await page.screenshot({ path: join(shots, `${file}-${width}-${language}-${theme}.png`), fullPage: true });
        }
      }
    }
  }
  await printed(page, file, complain);
  await page.close();
}

// a label is clicked, as a reader does
async function choose(page, id) {
  await page.$eval(`label[for=${id}]`, (label) => label.click());
}

async function sections(page, complain) {
  const lacking = await page.evaluate(() => {
    const lacks = [];
    for (let number = 1; number <= 8; number += 1) {
      const section = document.getElementById(`s${number}`);
      if (!section || section.getBoundingClientRect().height < 60 || !section.querySelector('h1, h2')) lacks.push(number);
    }
    return lacks;
  });
  for (const number of lacking) complain(`section ${number} is not there`);
  const broken = await page.$$eval('a[href^="#"]', (links) =>
    links.filter((link) => !document.querySelector(link.getAttribute('href'))).map((link) => link.getAttribute('href')),
  );
  for (const href of broken) complain(`${href} leads nowhere`);
}

async function languages(page, language, where, complain) {
  const shown = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility();
    const count = (lang) => [...document.querySelectorAll(`[lang=${lang}]`)].filter(seen).length;
    return { zh: count('zh'), en: count('en'), title: document.querySelector('h1').innerText };
  });
  const other = language === 'zh' ? 'en' : 'zh';
  if (shown[language] < 50 || shown[other] !== 0) complain(`${where}: the language does not switch: ${JSON.stringify(shown)}`);
  const titles = { zh: ['已认证', '未放行'], en: ['Certified', 'Refused'] }[language];
  if (!titles.includes(shown.title.trim())) complain(`${where}: the title is ${shown.title}`);
}

async function themes(page, complain) {
  const ground = () => page.$eval('.page', (element) => getComputedStyle(element).backgroundColor);
  const light = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) > 382;
  for (const system of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: system }]);
    for (const [theme, expected] of [['auto', system === 'light'], ['light', true], ['dark', false]]) {
      await choose(page, theme);
      if (light(await ground()) !== expected) complain(`theme ${theme} on a ${system} system is ${await ground()}`);
    }
  }
  await page.emulateMediaFeatures([]);
  await choose(page, 'auto');
}

// the switches work without a mouse
async function keyboard(page, complain) {
  await choose(page, 'zh');
  await page.focus('#zh');
  await page.keyboard.press('ArrowRight');
  if (!(await page.$eval('#en', (input) => input.checked))) complain('the arrow keys do not switch the language');
  const ring = await page.$eval('label[for=en]', (label) => getComputedStyle(label).outlineStyle);
  if (ring === 'none') complain('the focus of the switch cannot be seen');
  await choose(page, 'zh');
}

async function fits(page, where, complain) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll('.page *')].filter((element) => element.getBoundingClientRect().right > width + 1);
    return [`${document.documentElement.scrollWidth} px`, ...out.slice(0, 3).map((element) => element.outerHTML.slice(0, 90))];
  });
  if (wide.length) complain(`${where}: scrolls sideways: ${wide.join(' | ')}`);
  // words of a chart stay inside it, and do not lie on each other
  const charts = await page.$$eval('svg', (all) => {
    const wrong = [];
    for (const svg of all) {
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].filter((text) => text.checkVisibility());
      const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
      for (const [words, box] of boxes) {
        const inside = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 2 && box.bottom <= frame.bottom + 2;
        if (!inside) wrong.push(`${svg.getAttribute('class')}: ${words} leaves the chart`);
      }
      for (const [i, [words, a]] of boxes.entries()) {
        for (const [other, b] of boxes.slice(i + 1)) {
          const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          const over = across > 1 && down > 0.3 * Math.min(a.height, b.height); // a line is higher than its glyphs
          if (over) wrong.push(`${svg.getAttribute('class')}: ${words} lies on ${other}`);
        }
      }
    }
    return wrong;
  });
  for (const what of new Set(charts)) complain(`${where}: ${what}`);
}

async function accessible(page, where, complain) {
  const result = await page.evaluate(
    (source, levels) => {
      if (!window.axe) (0, eval)(source);
      return window.axe.run(document, { runOnly: { type: 'tag', values: levels } });
    },
    axe,
    LEVELS,
  );
  for (const violation of result.violations) {
    for (const node of violation.nodes.slice(0, 3)) complain(`${where}: axe ${violation.id}: ${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`);
  }
  const nameless = await page.$$eval('svg', (all) =>
    all
      .filter((svg) => {
        const by = (svg.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id));
        const named = by.length > 0 && by.every((element) => element && element.innerText.trim());
        const told = svg.querySelector(':scope > title')?.textContent.trim() && svg.querySelector(':scope > desc')?.textContent.trim();
        return svg.getAttribute('role') !== 'img' || !named || !told;
      })
      .map((svg) => svg.outerHTML.slice(0, 90)),
  );
  for (const svg of nameless) complain(`${where}: a chart without a name: ${svg}`);
}

async function printed(page, file, complain) {
  await choose(page, 'dark'); // paper stays white
  for (const language of ['zh', 'en']) {
    await choose(page, language);
    await page.setViewport({ ...SHEET });
    await page.emulateMediaType('print');
    const wrong = await page.evaluate((sheet) => {
      const list = [];
      const ground = getComputedStyle(document.querySelector('.page')).backgroundColor;
      if (ground !== 'rgb(255, 255, 255)') list.push(`paper is ${ground}`);
      if (document.querySelector('.switches').checkVisibility()) list.push('the switches are printed');
      if (document.documentElement.scrollWidth > sheet.width) list.push('is wider than the sheet');
      for (const element of document.querySelectorAll('tr, figure, .attack, .column, .sign, .tiles, pre, ol > li')) {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const what = `${element.tagName} ${element.className} ${element.innerText?.slice(0, 30)}`;
        if (style.breakInside !== 'avoid') list.push(`may be cut: ${what}`);
        if (box.height > sheet.height) list.push(`is higher than a page: ${what}`);
      }
      for (const head of document.querySelectorAll('thead')) {
        if (getComputedStyle(head).display !== 'table-header-group') list.push('a table does not repeat its head');
      }
      return list;
    }, SHEET);
    for (const what of wrong) complain(`print ${language}: ${what}`);
    const path = shots ? join(shots, `${file}-${language}.pdf`) : undefined;
    const pdf = Buffer.from(await page.pdf({ path, preferCSSPageSize: true, printBackground: true }));
    const pages = (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length;
    const boxes = pdf.toString('latin1').match(/\/MediaBox\s*\[[^\]]*\]/g) ?? [];
    if (pages < 2 || pages > 15) complain(`print ${language}: ${pages} pages`);
    if (!boxes.every((box) => /\[0 0 59[45]\S* 84[12]\S*\]/.test(box))) complain(`print ${language}: not A4: ${boxes[0]}`);
    await page.emulateMediaType(null);
  }
}
