'use strict';
(function () {
// ---- the data, and words ----
const D = JSON.parse(document.getElementById('data').textContent);
const S = D.s;
const SEV = ['unrated', 'negligible', 'low', 'medium', 'high', 'critical'];
const WORST = [5, 4, 3, 2, 1, 0];
const STATES = ['fail', 'warn', 'could-not-run', 'manual', 'pass', 'not-applicable'];
const HIDDEN = 1, SUPPRESSED = 2, DECLARED = 2, DEV = 4, REMOVED = 8;
const UPGRADE = 0, UNFIXED = 1, CHECK = 2;
let lang = D.lang === 'zh-CN' ? 1 : 0;

function t(id, ...params) {
  const text = D.texts[id];
  if (!text) return id;
  return text[lang].replace(/\{(\d)\}/g, (m, n) => params[n] === undefined ? '' : String(params[n]));
}
const num = n => n.toLocaleString(lang ? 'zh-CN' : 'en-US');
function size(n) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; n >= 1000 && i < 4; i++) n /= 1000;
  return (i && n < 100 ? n.toFixed(1) : Math.round(n)) + '\u00a0' + units[i];
}
const sevText = s => t('sev.' + SEV[s]);

// Text becomes text: elements are made by name, and nothing is ever parsed.
function fill(e, kids) {
  for (const k of kids.flat(Infinity)) if (k !== null && k !== undefined && k !== false && k !== '') e.append(k);
  return e;
}
function h(name, props, ...kids) {
  const e = document.createElement(name);
  for (const k in props) {
    const v = props[k];
    if (v === undefined || v === null || v === false) continue;
    if (k === 'class') e.className = v;
    else if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else e.setAttribute(k, v === true ? '' : v);
  }
  return fill(e, kids);
}
function g(name, props, ...kids) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const k in props) e.setAttribute(k, props[k]);
  return fill(e, kids);
}
const PATHS = {
  chev: 'M6 3l5 5-5 5', search: 'M7 12A5 5 0 107 2a5 5 0 000 10zM11 11l4 4', sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  print: 'M4 6V2h8v4M4 12H2V6h12v6h-2M4 10h8v4H4z', keys: 'M1.500 4h13v8h-13zM4 7h.010M7 7h.010M10 7h.010M12 7h.010M5 10h6',
  ok: 'M3 8.500l3.500 3.500L13 4.500', bad: 'M4 4l8 8M12 4l-8 8', warn: 'M8 2l6.500 11.500h-13zM8 6.500v3M8 11.500v.010', info: 'M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.500V11M8 5v.010',
};
const icon = (name, cls) => g('svg', {viewBox: '0 0 16 16', class: cls || '', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true'}, g('path', {d: PATHS[name]}));

// ---- rows ----
function places(row, from) {
  const out = [];
  for (let i = from; i + 2 < row.length; i += 3) out.push({layer: row[i], path: S[row[i + 1]], line: row[i + 2]});
  return out;
}
const P = D.packages.map((r, i) => ({i, type: S[r[0]], name: S[r[1]], version: S[r[2]], licenses: S[r[3]], by: S[r[4]],
  hidden: !!(r[5] & HIDDEN), declared: !!(r[5] & DECLARED), dev: !!(r[5] & DEV), source: S[r[6]], owner: S[r[7]], locs: places(r, 8), n: 0, worst: -1}));
const A = D.advisories.map(r => {
  const sources = [];
  for (let i = 10; i + 2 < r.length; i += 3) sources.push({id: S[r[i]], eco: S[r[i + 1]], url: S[r[i + 2]]});
  return {id: S[r[0]], aliases: S[r[1]], summary: S[r[2]], affected: S[r[3]], fixed: S[r[4]], kev: S[r[5]], info: S[r[6]], published: S[r[7]], cwes: S[r[8]], ratings: S[r[9]], sources};
});
const G = D.groups.map((r, i) => ({i, kind: r[0], type: S[r[1]], name: S[r[2]], installed: S[r[3]], to: S[r[4]], command: S[r[5]], packages: S[r[6]], check: r[7]}));
const R = D.results.map((r, i) => ({i, check: r[0], state: r[1], sev: r[2], score: r[3] / 10, src: S[r[4]], vector: S[r[5]], pkg: P[r[6]], adv: A[r[7]],
  title: [S[r[8]], S[r[9]]], reason: [S[r[10]], S[r[11]]], hidden: !!(r[12] & HIDDEN), removed: !!(r[12] & REMOVED), suppressed: !!(r[12] & SUPPRESSED), why: S[r[13]], fp: S[r[14]], group: G[r[15]], evidence: S[r[16]], own: places(r, 17)}));
// A view of only the hidden or only the suppressed counts those.
const filtered = D.facts.filtered || '', onlyHidden = filtered.includes('hidden=only'), onlySuppressed = filtered.includes('suppressed=only');
const there = P.filter(p => !p.hidden || onlyHidden).length;
for (const r of R) {
  r.locs = r.own.length || !r.pkg ? r.own : r.pkg.locs;
  r.finding = r.state < 3;
  r.counts = r.state < 2 && (!r.suppressed || onlySuppressed) && (!r.hidden || onlyHidden || onlySuppressed || D.checks[r.check].id === 'not-scanned');
  if (r.counts && r.pkg) { r.pkg.n++; if (r.sev > r.pkg.worst) r.pkg.worst = r.sev; }
}
// One vulnerability counts once in its group, however many packages have it.
const keyOf = r => r.adv && r.group.kind !== CHECK ? r.group.i + ' ' + r.adv.id : 'r' + r.i;
function tally(rows) {
  const worst = new Map();
  for (const r of rows) { const k = keyOf(r); if (!worst.has(k) || worst.get(k) < r.sev) worst.set(k, r.sev); }
  const n = [0, 0, 0, 0, 0, 0];
  for (const s of worst.values()) n[s]++;
  return n;
}
const sum = list => list.reduce((a, b) => a + b, 0);
const shownTitle = r => r.adv ? r.adv.id : r.title[lang];
const inLayer = (r, l) => r.locs.some(p => p.layer === l) || (r.pkg && r.pkg.locs.some(p => p.layer === l));
const byOf = l => D.layers[l] ? D.layers[l].by : '';
function haystack(r) {
  if (r.hay === undefined) {
    const a = r.adv, p = r.pkg;
    r.hay = [D.checks[r.check].id, r.title[0], r.title[1], r.fp, r.evidence, SEV[r.sev], a && [a.id, a.aliases, a.summary, a.cwes].join(' '), p && [p.name, p.version, p.type, p.source].join(' '), r.locs.map(l => l.path).join(' ')].join(' ').toLowerCase();
  }
  return r.hay;
}

// ---- what is shown ----
const fresh = () => ({q: '', sev: new Set(), fixable: false, kev: false, hidden: onlyHidden, suppressed: onlySuppressed, passed: false, check: '', type: '', layer: '', sort: 'worst', desc: false});
let st = fresh();
let mode = 'group', limit = 100;
const freshP = () => ({q: '', type: '', layer: '', found: false, hidden: onlyHidden, sort: 'name', desc: false});
let sp = freshP(), limitP = 150;
let tab = 'findings';

function matches(r) {
  if (!r.finding && !st.passed) return false;
  if (r.hidden && !st.hidden && !st.suppressed && D.checks[r.check].id !== 'not-scanned') return false;
  if (r.suppressed && !st.suppressed) return false;
  if (st.sev.size && !st.sev.has(r.sev)) return false;
  if (st.fixable && !(r.adv && r.adv.fixed)) return false;
  if (st.kev && !(r.adv && r.adv.kev)) return false;
  if (st.check !== '' && r.check !== +st.check) return false;
  if (st.type !== '' && !(r.pkg && r.pkg.type === st.type)) return false;
  if (st.layer !== '' && !inLayer(r, +st.layer)) return false;
  return words(st.q).every(w => haystack(r).includes(w));
}
const words = q => q.toLowerCase().split(/\s+/).filter(Boolean);
const cmpText = (a, b) => a < b ? -1 : a > b ? 1 : 0;

// ---- small parts ----
const badge = s => h('span', {class: 'sev ' + SEV[s]}, sevText(s));
const tag = text => h('span', {class: 'tag'}, text);
const u = text => h('span', {class: 'u'}, text);
function stack(counts) {
  const total = sum(counts), e = g('svg', {class: 'stack', viewBox: '0 0 150 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': countsText(counts)});
  let x = 0;
  for (const s of WORST) if (counts[s]) { const w = 150 * counts[s] / total; e.append(g('rect', {x, y: 0, width: Math.max(w - 1, 1), height: 8, rx: 1.5, class: 'f-' + SEV[s]})); x += w; }
  return e;
}
const countsText = counts => WORST.filter(s => counts[s]).map(s => num(counts[s]) + '\u00a0' + sevText(s)).join(lang ? '，' : ', ');
function sevCounts(counts) {
  return h('span', {class: 'sevs'}, WORST.filter(s => counts[s]).map(s => h('span', {class: 'sev ' + SEV[s]}, num(counts[s]) + '\u00a0' + sevText(s))));
}
function command(text) {
  const code = h('code', {}, text);
  const b = h('button', {type: 'button', onclick: async () => {
    try { await navigator.clipboard.writeText(text); } catch (e) { getSelection().selectAllChildren(code); document.execCommand('copy'); }
    b.textContent = t('copied');
    setTimeout(() => { b.textContent = t('copy'); }, 1600);
  }}, t('copy'));
  return h('span', {class: 'cmd'}, code, b);
}
function link(url, text) {
  return /^https?:\/\//.test(url) ? h('a', {href: url, target: '_blank', rel: 'noopener noreferrer'}, text) : u(text);
}
function dl(rows) {
  return h('dl', {class: 'dl'}, rows.filter(r => r && r[1] !== '' && r[1] !== null && r[1] !== undefined && r[1] !== false).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}
function place(l) {
  const by = byOf(l.layer);
  return h('span', {class: 'place'}, u((l.path || '') + (l.line ? ':' + l.line : '')),
    D.layers[l.layer] && h('small', {}, h('button', {type: 'button', onclick: () => showLayer(l.layer)}, t('layer', l.layer)), by && ' · ', by && u(by.length > 200 ? by.slice(0, 200) + '…' : by)));
}
function detail(r) {
  const c = D.checks[r.check], a = r.adv, p = r.pkg;
  return h('div', {},
    a && a.summary && h('p', {}, u(a.summary)), r.reason[lang] && h('p', {class: 'sub'}, u(r.reason[lang])),
    dl([
      [t('d.severity'), [badge(r.sev), ' ', r.score ? r.score.toFixed(1) + ' ' : '', r.src && u('(' + r.src + ')'), r.vector && [' ', h('code', {}, r.vector)]]],
      r.state > 1 && [t('d.state'), t('state.' + STATES[r.state])],
      a && [t('d.ratings'), a.ratings && a.ratings.includes(' · ') && u(a.ratings)],
      a && a.kev && [t('d.kev'), t('d.kev.text', a.kev)],
      p && [t('d.package'), [u(p.name + ' ' + p.version), tag(p.type), p.source && tag(t('d.source', p.source)), p.owner && tag(t('d.owner', p.owner)), p.declared && tag(t('tag.declared'))]],
      a && [t('d.affected'), a.affected && u(a.affected)],
      a && [t('d.fixed'), a.fixed ? u(a.fixed) : t('d.nofix')],
      a && [t('d.aliases'), a.aliases && u(a.aliases)],
      a && a.sources.length > 0 && [t('d.records'), h('ul', {}, a.sources.map(s => h('li', {}, link(s.url, s.id), s.eco && ' (', s.eco && u(s.eco), s.eco && ')')))],
      a && a.cwes && ['CWE', u(a.cwes)],
      a && a.published && [t('d.published'), a.published],
      r.evidence && [t('d.evidence'), h('pre', {}, r.evidence)],
      [t('d.where'), r.locs.length > 0 && r.locs.slice(0, 60).map(place)],
      (r.hidden || r.removed) && [t('tag.hidden'), t(r.removed ? 'd.removed' : 'd.hidden')],
      r.suppressed && [t('tag.suppressed'), u(r.why)],
      !a && [t('d.why'), c.why[lang]],
      !a && [t('d.do'), c.fix[lang]],
      !a && c.refs && [t('d.refs'), h('ul', {}, c.refs.filter(Boolean).map(x => h('li', {}, link(x, x))))],
      !a && c.maps && [t('d.maps'), c.maps],
      [t('d.check'), h('code', {}, c.id)],
      r.fp && [t('d.fingerprint'), command(D.facts.command + ' explain ' + r.fp.slice(0, 12))],
    ]));
}
const tags = r => [r.adv && r.adv.kev && h('span', {class: 'sev kev'}, 'KEV'), r.adv && r.adv.info && tag(r.adv.info), (r.hidden || r.removed) && tag(t('tag.hidden')), r.suppressed && tag(t('tag.suppressed')), r.state > 1 && tag(t('state.' + STATES[r.state]))];

// table makes one with sortable heads; rows open what is behind them.
function table(columns, rows, state, redraw, open, max, more) {
  const heads = columns.map(c => h('th', {scope: 'col', class: c.num ? 'num' : '', 'aria-sort': state && state.sort === c.key ? (state.desc ? 'descending' : 'ascending') : undefined},
    state && c.sort ? h('button', {type: 'button', onclick: () => { state.desc = state.sort === c.key ? !state.desc : false; state.sort = c.key; redraw(); }}, c.name) : c.name));
  const body = h('tbody', {});
  const add = (from, to) => {
    for (const r of rows.slice(from, to)) {
      const tr = h('tr', {class: open ? 'row' : ''}, columns.map(c => h('td', {class: (c.num ? 'num ' : '') + (c.cls || ''), 'data-l': c.label ? c.name : undefined}, c.cell(r))));
      if (open) tr.addEventListener('click', ev => {
        if (ev.target.closest('a,.cmd') || String(getSelection()) !== '') return;
        const next = tr.nextElementSibling, b = tr.querySelector('.open');
        const was = next && next.firstChild.classList.contains('more');
        if (was) next.remove(); else tr.after(h('tr', {}, h('td', {class: 'more', colspan: columns.length}, open(r))));
        if (b) b.setAttribute('aria-expanded', String(!was));
      });
      body.append(tr);
    }
  };
  let shown = Math.min(max || rows.length, rows.length);
  add(0, shown);
  const out = h('div', {}, h('table', {class: 'tbl'}, h('thead', {}, h('tr', {}, heads)), body));
  if (shown < rows.length) {
    const b = h('button', {type: 'button', class: 'morebtn', onclick: () => {
      const to = Math.min(shown + (max || 100), rows.length);
      add(shown, to);
      shown = to;
      if (more) more(shown);
      if (shown === rows.length) b.remove(); else b.textContent = t('more', num(rows.length - shown));
    }}, t('more', num(rows.length - shown)));
    out.append(b);
  }
  return out;
}
const opener = text => h('button', {type: 'button', class: 'open', 'aria-expanded': 'false'}, h('span', {class: 'u clamp'}, text));

// ---- findings ----
function groupRow(grp, rows) {
  const counts = tally(rows);
  const worst = WORST.find(s => counts[s]);
  rows.sort(urgent);
  const kev = rows.some(r => r.adv && r.adv.kev);
  const ids = [...new Set(rows.map(shownTitle))];
  const names = grp.packages.split(', ');
  let what, sub, right;
  if (grp.kind === CHECK) {
    const c = D.checks[grp.check];
    what = h('div', {class: 'name clamp'}, u(c.title[lang]));
    // What tells one from the other: names, else what was seen, else where.
    const said = rows.map(r => shownTitle(r) !== c.title[lang] ? shownTitle(r) : r.evidence ? r.evidence.split('\n')[0] : r.locs[0] ? r.locs[0].path + (r.locs[0].line ? ':' + r.locs[0].line : '') : '');
    sub = [...new Set(said)].filter(Boolean).slice(0, 4).join(' · ');
    right = t('n.findings', num(rows.length));
  } else {
    what = h('div', {class: 'name clamp'}, u(names.length > 2 ? t('group.binaries', grp.name, names.length) : grp.packages), ' ', u(grp.installed), grp.to && [' → ', h('span', {class: 'to u'}, grp.to)]);
    sub = ids.join(', ');
    right = grp.kind === UPGRADE ? t('n.fixes', num(sum(counts))) : t('n.vulnerabilities', num(sum(counts)));
  }
  const inner = h('div', {class: 'in'});
  const e = h('details', {class: 'g', ontoggle: () => { if (e.open && !inner.firstChild) groupInner(inner, grp, rows); }},
    h('summary', {}, h('span', {class: 'lab'}, kev ? h('span', {class: 'sev kev'}, 'KEV') : badge(worst)),
      h('div', {class: 'what'}, what, h('div', {class: 'sub'}, u(sub.length > 400 ? sub.slice(0, 400) + '…' : sub))),
      stack(counts), h('span', {class: 'fix'}, right), icon('chev', 'chev')), inner);
  return e;
}
const kevOf = r => r.adv && r.adv.kev ? 1 : 0;
const urgent = (a, b) => kevOf(b) - kevOf(a) || b.sev - a.sev || b.score - a.score || cmpText(shownTitle(a), shownTitle(b)) || a.i - b.i;
function groupInner(inner, grp, rows) {
  if (grp.command) inner.append(h('div', {}, command(grp.command)));
  if (grp.kind === CHECK) {
    const c = D.checks[grp.check];
    inner.append(dl([[t('d.why'), c.why[lang]], [t('d.do'), c.fix[lang]]]));
  }
  if (grp.kind === CHECK) {
    inner.append(table([
      {name: t('c.severity'), cell: r => badge(r.sev)},
      {name: t('c.finding'), cls: 'wide', cell: r => [opener(r.title[lang] || shownTitle(r)), tags(r), r.evidence && h('div', {class: 'seen clamp'}, u(r.evidence))]},
      {name: t('c.where'), cls: 'path', cell: r => whereText(r)},
    ], rows, null, null, detail, 50));
    return;
  }
  const several = new Set(rows.map(r => r.pkg && r.pkg.i)).size > 1;
  const cols = [
    {name: t('c.severity'), cell: r => badge(r.sev)},
    {name: t('c.finding'), cls: 'wide', cell: r => [opener(shownTitle(r)), tags(r), r.adv.summary && h('div', {class: 'clamp'}, u(r.adv.summary))]},
    several && {name: t('c.package'), cell: r => r.pkg && u(r.pkg.name)},
    {name: t('c.score'), num: true, label: true, cell: r => r.score ? r.score.toFixed(1) : ''},
    {name: t('c.fixed'), label: true, cell: r => r.adv.fixed && u(r.adv.fixed.split(', ')[0])},
    {name: t('c.where'), cls: 'path', cell: r => whereText(r)},
  ].filter(Boolean);
  inner.append(table(cols, rows, null, null, detail, 50));
}
const whereText = r => r.locs.length ? [u(short(r.locs[0].path) + (r.locs[0].line ? ':' + r.locs[0].line : '')), r.locs.length > 1 && tag('+' + (r.locs.length - 1))] : '';
const short = p => p.length > 160 ? '…' + p.slice(-160) : p;

function drawFindings() {
  const rows = R.filter(matches);
  const order = document.getElementById('sort');
  if (order) order.value = st.sort;
  const box = document.getElementById('findings-list');
  box.replaceChildren();
  const counts = tally(rows);
  const head = document.getElementById('findings-count');
  head.replaceChildren(...[h('span', {role: 'status'}, sum(counts) === rows.length ? t('n.shown.all', num(rows.length)) : t('n.shown', num(sum(counts)), num(rows.length)))], ...(narrowed() ? [h('button', {type: 'button', onclick: () => { st = fresh(); drawAll(); }}, t('clear'))] : []),
    h('button', {type: 'button', class: 'push', onclick: () => save('csv', rows, resultRow)}, t('export.csv')), h('button', {type: 'button', onclick: () => save('json', rows, resultRow)}, t('export.json')));
  if (!rows.length) {
    box.append(h('div', {class: 'list'}, h('div', {class: 'empty'}, h('b', {}, t(narrowed() ? 'empty.filter' : 'empty.none')), t(narrowed() ? 'empty.filter.hint' : 'empty.none.hint'))));
    return;
  }
  if (mode === 'each') {
    const by = {
      worst: (a, b) => b.sev - a.sev || b.score - a.score || cmpText(shownTitle(a), shownTitle(b)), finding: (a, b) => cmpText(shownTitle(a), shownTitle(b)),
      package: (a, b) => cmpText(a.pkg ? a.pkg.name : '~', b.pkg ? b.pkg.name : '~') || b.sev - a.sev, fixed: (a, b) => cmpText(a.adv ? a.adv.fixed : '', b.adv ? b.adv.fixed : ''),
      where: (a, b) => cmpText(a.locs[0] ? a.locs[0].path : '', b.locs[0] ? b.locs[0].path : ''), layer: (a, b) => (a.locs[0] ? a.locs[0].layer : -1) - (b.locs[0] ? b.locs[0].layer : -1),
    }[st.sort] || (() => 0);
    rows.sort((a, b) => (st.desc ? -1 : 1) * by(a, b) || a.i - b.i);
    box.append(h('div', {class: 'list'}, table([
      {name: t('c.severity'), key: 'worst', sort: true, cell: r => badge(r.sev)},
      {name: t('c.finding'), key: 'finding', sort: true, cls: 'wide', cell: r => [opener(shownTitle(r)), tags(r)]},
      {name: t('c.package'), key: 'package', sort: true, cell: r => r.pkg && [u(r.pkg.name), ' ', h('span', {class: 'path u'}, r.pkg.version)]},
      {name: t('c.fixed'), key: 'fixed', sort: true, label: true, cell: r => r.adv && r.adv.fixed && u(r.adv.fixed.split(', ')[0])},
      {name: t('c.where'), key: 'where', sort: true, cls: 'path', cell: whereText},
      D.layers.length > 0 && {name: t('c.layer'), key: 'layer', sort: true, num: true, label: true, cell: r => r.locs[0] && r.locs[0].layer >= 0 ? r.locs[0].layer : ''},
    ].filter(Boolean), rows, st, drawFindings, detail, limit)));
    return;
  }
  const groups = new Map();
  for (const r of rows) { if (!groups.has(r.group)) groups.set(r.group, []); groups.get(r.group).push(r); }
  const worst = new Map([...groups].map(([k, v]) => [k, Math.max(...v.map(r => r.sev))]));
  let left = limit;
  const worstOf = kind => Math.max(-1, ...[...groups.keys()].filter(x => x.kind === kind).map(x => worst.get(x)));
  const kinds = worstOf(CHECK) >= worstOf(UPGRADE) ? [CHECK, UPGRADE, UNFIXED] : [UPGRADE, CHECK, UNFIXED];
  for (const kind of kinds) {
    const list = [...groups.keys()].filter(x => x.kind === kind);
    if (!list.length) continue;
    if (st.sort === 'name') list.sort((a, b) => cmpText(a.name.toLowerCase(), b.name.toLowerCase()));
    else if (st.sort === 'most') list.sort((a, b) => groups.get(b).length - groups.get(a).length);
    else list.sort((a, b) => (kind === CHECK ? worst.get(b) - worst.get(a) : 0) || a.i - b.i);
    box.append(h('h3', {class: 'group-head'}, t('group.' + ['upgrade', 'unfixed', 'check'][kind]), ' · ', num(list.length)));
    const l = h('div', {class: 'list'}, list.slice(0, left).map(x => groupRow(x, groups.get(x))));
    if (list.length > left) l.append(h('button', {type: 'button', class: 'morebtn', onclick: () => { limit += 200; drawFindings(); }}, t('more', num(list.length - Math.max(left, 0)))));
    box.append(l);
    left = Math.max(left - list.length, 0);
  }
}
const narrowed = () => st.q || st.sev.size || st.fixable || st.kev || st.check !== '' || st.type !== '' || st.layer !== '' || st.hidden !== onlyHidden || st.suppressed !== onlySuppressed || st.passed;

function chip(text, n, on, click) {
  return h('button', {type: 'button', class: 'chip', 'aria-pressed': String(on), onclick: click}, text, n !== undefined && h('span', {class: 'n'}, num(n)));
}
function select(label, value, options, change) {
  const e = h('select', {'aria-label': label, onchange: () => change(e.value)}, h('option', {value: ''}, label), options.map(([v, text]) => h('option', {value: v, selected: String(v) === String(value)}, text)));
  return e;
}
function searchBox(id, value, change) {
  let timer;
  const e = h('input', {id, type: 'search', placeholder: t('search.' + id), 'aria-label': t('search.' + id), autocomplete: 'off', spellcheck: 'false', oninput: () => { clearTimeout(timer); timer = setTimeout(() => change(e.value), 90); }});
  e.value = value;
  return h('label', {class: 'search'}, icon('search'), e);
}
const seg = (label, options) => h('div', {class: 'seg', role: 'group', 'aria-label': label}, options.map(([text, on, click, extra]) => h('button', {type: 'button', 'aria-pressed': String(on), onclick: click, ...extra}, text)));
const layerOptions = () => D.layers.map((l, i) => [i, i + ' · ' + clip(l.by, 40)]);
const clip = (s, n) => s.length > n ? s.slice(0, n - 1) + '…' : s;

function findingsPanel() {
  const redraw = () => { limit = 100; drawFindings(); };
  const all = R.filter(r => r.counts);
  const count = f => sum(tally(R.filter(f)));
  const flip = k => () => { st[k] = !st[k]; drawAll(); };
  const checks = [...new Set(R.map(r => r.check))], types = [...new Set(R.map(r => r.pkg && r.pkg.type).filter(Boolean))].sort();
  const kev = count(r => r.counts && r.adv && r.adv.kev), hidden = R.filter(r => r.finding && r.hidden).length, supp = R.filter(r => r.finding && r.suppressed).length, passed = R.filter(r => !r.finding).length;
  return [
    h('div', {class: 'bar-tools'}, searchBox('findings', st.q, v => { st.q = v; redraw(); }),
      seg(t('mode'), [[t('mode.group'), mode === 'group', () => { mode = 'group'; st.sort = 'worst'; drawAll(); }], [t('mode.each'), mode === 'each', () => { mode = 'each'; st.sort = 'worst'; st.desc = false; drawAll(); }, {id: 'mode-each'}]]),
      sortSelect()),
    h('div', {class: 'bar-tools'},
      WORST.map(s => { const n = tally(all)[s]; return n > 0 && chip([h('span', {class: 'dot c-' + SEV[s]}), sevText(s)], n, st.sev.has(s), () => { st.sev.has(s) ? st.sev.delete(s) : st.sev.add(s); drawAll(); }); }),
      all.some(r => r.adv && r.adv.fixed) && chip(t('fixable'), count(r => r.counts && r.adv && r.adv.fixed), st.fixable, flip('fixable')),
      kev > 0 && chip('KEV', kev, st.kev, flip('kev')),
      hidden > 0 && chip(t('with.hidden'), hidden, st.hidden, flip('hidden')), supp > 0 && chip(t('with.suppressed'), supp, st.suppressed, flip('suppressed')), passed > 0 && chip(t('with.passed'), passed, st.passed, flip('passed')),
      checks.length > 1 && select(t('all.checks'), st.check, checks.map(c => [c, D.checks[c].title[lang]]).sort((a, b) => cmpText(a[1], b[1])), v => { st.check = v; redraw(); drawCharts(); }),
      types.length > 1 && select(t('all.types'), st.type, types.map(x => [x, x]), v => { st.type = v; redraw(); }),
      D.layers.length > 1 && select(t('all.layers'), st.layer, layerOptions(), v => { st.layer = v; redraw(); drawCharts(); })),
    h('div', {class: 'count', id: 'findings-count'}), h('div', {id: 'findings-list'}),
  ];
}
function sortSelect() {
  const e = h('select', {'aria-label': t('sort'), id: 'sort', onchange: () => { st.sort = e.value; st.desc = false; drawFindings(); }}, (mode === 'group' ? ['worst', 'most', 'name'] : ['worst', 'finding', 'package', 'fixed', 'where', 'layer']).map(k => h('option', {value: k, selected: st.sort === k}, t('sort.' + k))));
  return e;
}

// ---- export of the rows shown ----
const resultRow = r => ({severity: SEV[r.sev], score: r.score || '', state: STATES[r.state], check: D.checks[r.check].id, id: r.adv ? r.adv.id : '', title: r.adv && r.adv.summary || r.title[lang], package: r.pkg ? r.pkg.name : '', version: r.pkg ? r.pkg.version : '', type: r.pkg ? r.pkg.type : '',
  fixed: r.adv ? r.adv.fixed : '', kev: r.adv ? r.adv.kev : '', hidden: r.hidden, removed: r.removed, suppressed: r.suppressed, layer: r.locs[0] && r.locs[0].layer >= 0 ? r.locs[0].layer : '', instruction: r.locs[0] ? byOf(r.locs[0].layer) : '', path: r.locs[0] ? r.locs[0].path : '', line: r.locs[0] && r.locs[0].line || '', fingerprint: r.fp});
const packageRow = p => ({name: p.name, version: p.version, type: p.type, licenses: p.licenses, findings: p.n, hidden: p.hidden, declared: p.declared, layer: p.locs[0] && p.locs[0].layer >= 0 ? p.locs[0].layer : '', path: p.locs[0] ? p.locs[0].path : ''});
function cell(v) {
  let s = String(v);
  // A spreadsheet must not take a name from an image for a formula.
  if (/^[=+\-@\t\r]/.test(s)) s = "'" + s;
  return /[",\n\r]/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s;
}
function save(kind, rows, form) {
  const list = rows.map(form);
  let text = JSON.stringify(list, null, 1);
  if (kind === 'csv') text = list.length ? '\ufeff' + [Object.keys(list[0]), ...list.map(Object.values)].map(r => r.map(cell).join(',')).join('\r\n') + '\r\n' : '';
  const url = URL.createObjectURL(new Blob([text], {type: kind === 'csv' ? 'text/csv' : 'application/json'}));
  const a = h('a', {href: url, download: 'bulwark-' + (D.facts.name || 'report').replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80) + '.' + kind});
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}

// ---- layers and history ----
function layersPanel() {
  const steps = D.steps || D.layers.map((l, i) => ({by: l.by, layer: i}));
  const seen = new Set(steps.map(s => s.layer));
  const rest = D.layers.map((l, i) => ({by: l.by, layer: i})).filter(s => !seen.has(s.layer));
  return h('ol', {class: 'steps'}, [...rest, ...steps].map(step));
}
function step(s) {
  const l = D.layers[s.layer];
  if (!l) return h('li', {class: 'step nolayer'}, h('span', {class: 'knob'}), h('div', {class: 'body'}, h('pre', {}, s.by), s.date && h('div', {class: 'meta'}, s.date)));
  const rows = R.filter(r => r.counts && inLayer(r, s.layer)), pkgs = P.filter(p => p.locs.some(x => x.layer === s.layer));
  const worst = [...new Map(rows.sort((a, b) => b.sev - a.sev || b.score - a.score).map(r => [shownTitle(r) + (r.pkg ? r.pkg.name : ''), r])).values()];
  const d = l.digest.replace(/^sha256:/, '').slice(0, 12);
  return h('li', {class: 'step', id: 'layer-' + s.layer}, h('span', {class: 'knob', title: t('layer', s.layer)}, s.layer),
    h('div', {class: 'body box'}, h('pre', {}, s.by || t('layer.unknown')),
      h('div', {class: 'meta'}, h('b', {}, size(l.size)), h('span', {}, t('n.files', num(l.files))), l.added || l.changed || l.removed ? h('span', {}, t('n.changes', num(l.added || 0), num(l.changed || 0), num(l.removed || 0))) : null,
        l.waste ? h('span', {class: 'sev warn'}, t('n.waste', size(l.waste))) : null, s.date && h('span', {}, s.date), d && h('code', {}, d), l.trust[lang] && h('span', {}, l.trust[lang])), s.joint && h('p', {class: 'meta'}, t('layer.joint')),
      rows.length ? h('div', {class: 'meta'}, sevCounts(tally(rows)), h('button', {type: 'button', class: 'linkish', onclick: () => filterLayer(s.layer)}, t('layer.findings'))) : null,
      l.dirs && h('details', {}, h('summary', {}, t('layer.dirs')), h('table', {class: 'tbl'}, h('tbody', {}, l.dirs.map(d => h('tr', {}, h('td', {class: 'path wide'}, u(short(d.path))), h('td', {}, dirBar(d.size, l.dirs[0].size)), h('td', {class: 'num'}, t('n.files', num(d.files))), h('td', {class: 'num'}, size(d.size))))))),
      l.largest && h('details', {}, h('summary', {}, t('layer.largest')), h('table', {class: 'tbl'}, h('tbody', {}, l.largest.map(f => h('tr', {}, h('td', {class: 'path'}, u(short(f.path)), f.gone && tag(t('tag.gone'))), h('td', {class: 'num'}, size(f.size))))))),
      rows.length ? lazy(t('layer.worst', num(worst.length)), () => table([{name: t('c.severity'), cell: r => badge(r.sev)}, {name: t('c.finding'), cls: 'wide', cell: r => [opener(shownTitle(r)), tags(r)]}, {name: t('c.package'), cell: r => r.pkg && u(r.pkg.name + ' ' + r.pkg.version)}], worst, null, null, detail, 20)) : null,
      pkgs.length ? lazy(t('layer.packages', num(pkgs.length)), () => h('div', {}, h('p', {class: 'clamp'}, u(pkgs.slice(0, 60).map(p => p.name + ' ' + p.version).join(', '))), h('button', {type: 'button', class: 'linkish', onclick: () => { sp = {...freshP(), layer: String(s.layer)}; go('packages'); }}, t('layer.list')))) : null));
}
function dirBar(n, most) {
  return g('svg', {class: 'meter', viewBox: '0 0 120 8', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, g('rect', {width: 120, height: 8, rx: 4, class: 'bar-bg'}), g('rect', {width: most ? Math.max(120 * n / most, 2) : 0, height: 8, rx: 4, class: 'bar'}));
}
function lazy(name, make) {
  const e = h('details', {ontoggle: () => { if (e.open && e.children.length === 1) e.append(make()); }}, h('summary', {}, name));
  return e;
}
function showLayer(l) {
  go('layers');
  const e = document.getElementById('layer-' + l);
  if (e) e.scrollIntoView({block: 'start'});
}
function filterLayer(l) {
  st = {...fresh(), layer: String(l)};
  go('findings');
}

// ---- packages ----
function packagesPanel() {
  const redraw = () => { limitP = 150; drawPackages(); };
  const types = [...new Set(P.map(p => p.type))].sort(), hidden = P.filter(p => p.hidden).length, found = P.filter(p => p.n).length;
  return [
    h('div', {class: 'bar-tools'}, searchBox('packages', sp.q, v => { sp.q = v; redraw(); }),
      types.length > 1 && select(t('all.types'), sp.type, types.map(x => [x, x + ' (' + num(P.filter(p => p.type === x).length) + ')']), v => { sp.type = v; redraw(); }),
      D.layers.length > 1 && select(t('all.layers'), sp.layer, layerOptions(), v => { sp.layer = v; redraw(); }),
      found > 0 && chip(t('with.findings'), found, sp.found, () => { sp.found = !sp.found; draw('packages'); }), hidden > 0 && chip(t('with.hidden'), hidden, sp.hidden, () => { sp.hidden = !sp.hidden; draw('packages'); })),
    h('div', {class: 'count', id: 'packages-count'}), h('div', {id: 'packages-list'}),
  ];
}
function drawPackages() {
  const w = words(sp.q);
  const rows = P.filter(p => (!p.hidden || sp.hidden) && (!sp.type || p.type === sp.type) && (sp.layer === '' || p.locs.some(l => l.layer === +sp.layer)) && (!sp.found || p.n) &&
    w.every(x => (p.hay || (p.hay = [p.name, p.version, p.type, p.licenses, p.source, p.locs.map(l => l.path).join(' ')].join(' ').toLowerCase())).includes(x)));
  const by = {name: (a, b) => cmpText(a.name.toLowerCase(), b.name.toLowerCase()), type: (a, b) => cmpText(a.type, b.type), version: (a, b) => cmpText(a.version, b.version), license: (a, b) => cmpText(a.licenses, b.licenses), n: (a, b) => b.n - a.n, where: (a, b) => cmpText(a.locs[0] ? a.locs[0].path : '', b.locs[0] ? b.locs[0].path : '')}[sp.sort];
  rows.sort((a, b) => (sp.desc ? -1 : 1) * by(a, b) || a.i - b.i);
  document.getElementById('packages-count').replaceChildren(h('span', {role: 'status'}, t('n.packages', num(rows.length), num(P.length))),
    h('button', {type: 'button', class: 'push', onclick: () => save('csv', rows, packageRow)}, t('export.csv')), h('button', {type: 'button', onclick: () => save('json', rows, packageRow)}, t('export.json')));
  const box = document.getElementById('packages-list');
  if (!rows.length) { box.replaceChildren(h('div', {class: 'list'}, h('div', {class: 'empty'}, h('b', {}, t('empty.packages'))))); return; }
  box.replaceChildren(h('div', {class: 'list'}, table([
    {name: t('c.package'), key: 'name', sort: true, cls: 'wide', cell: p => [h('b', {class: 'u clamp'}, p.name), p.hidden && tag(t('tag.hidden')), p.declared && tag(t('tag.declared')), p.dev && tag(t('tag.dev'))]},
    {name: t('c.version'), key: 'version', sort: true, cls: 'path', cell: p => u(p.version)},
    {name: t('c.type'), key: 'type', sort: true, cls: 'nw', cell: p => u(p.type)},
    {name: t('c.license'), key: 'license', sort: true, cell: p => h('span', {class: 'clamp u'}, p.licenses)},
    {name: t('c.findings'), key: 'n', sort: true, num: true, label: true, cell: p => p.n ? h('button', {type: 'button', class: 'linkish', onclick: () => { st = {...fresh(), q: p.name}; go('findings'); }}, num(p.n)) : ''},
    {name: t('c.where'), key: 'where', sort: true, cls: 'path', cell: p => p.locs[0] ? [u(short(p.locs[0].path)), p.locs.length > 1 && tag('+' + (p.locs.length - 1))] : ''},
  ], rows, sp, drawPackages, null, limitP, n => { limitP = n; })));
}

// ---- image, coverage, about ----
function imagePanel() {
  const m = D.image;
  const vars = list => h('table', {class: 'tbl'}, h('tbody', {}, list.map(([k, v, red]) => h('tr', {}, h('td', {class: 'path'}, u(k)), h('td', {class: 'path wide'}, red ? tag(t('redacted')) : h('span', {class: 'clamp u'}, v))))));
  return h('div', {class: 'cols'},
    h('div', {class: 'stackcards'}, m.facts.length > 0 && h('section', {class: 'card'}, h('h2', {}, t('image.runs')), dl(m.facts.map(f => [f.name[lang], h('code', {}, f.value[lang])]))),
      m.privileged && h('section', {class: 'card'}, h('h2', {}, t('image.setuid')), h('table', {class: 'tbl'}, h('tbody', {}, m.privileged.map(f => h('tr', {}, h('td', {class: 'path wide'}, u(f[0])), h('td', {class: 'path'}, f[1]), h('td', {class: 'path'}, f[2]), h('td', {class: 'path'}, t('layer', f[3])))))))),
    h('div', {class: 'stackcards'}, m.questions && h('section', {class: 'card'}, h('h2', {}, t('image.questions')), h('ul', {class: 'questions'}, m.questions.map(q => h('li', {}, q[lang])))),
      m.env && h('section', {class: 'card'}, h('h2', {}, t('image.env')), vars(m.env)), m.labels && h('section', {class: 'card'}, h('h2', {}, t('image.labels')), vars(m.labels))));
}
function coveragePanel() {
  const order = {none: 0, partial: 1, full: 2};
  const cov = [...D.coverage].sort((a, b) => order[a.level] - order[b.level] || b.of - a.of);
  const meter = c => { const e = g('svg', {class: 'meter', viewBox: '0 0 120 8', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, g('rect', {width: 120, height: 8, rx: 4, class: 'bar-bg'})); const known = c.level === 'full' ? c.of : c.known; if (c.of && known) e.append(g('rect', {width: Math.max(120 * known / c.of, 2), height: 8, rx: 4, class: 'bar'})); return e; };
  return h('div', {class: 'stackcards'},
    h('section', {class: 'card'}, h('h2', {}, t('cov.title'), h('small', {}, t('cov.sub'))),
      cov.length ? h('table', {class: 'tbl cov'}, h('tbody', {}, cov.map(c => h('tr', {}, h('td', {class: 'nw'}, h('b', {class: 'u'}, clip(c.name, 60)), h('div', {class: 'path'}, c.date)), h('td', {}, h('span', {class: 'sev ' + ({full: 'ok', partial: 'warn', none: 'bad'}[c.level] || '')}, t('cov.' + c.level))),
        h('td', {}, meter(c), t('cov.known', num(c.level === 'full' ? c.of : c.known), num(c.of))), h('td', {class: 'wide'}, c.limits && h('ul', {class: 'questions'}, c.limits.map(l => h('li', {}, l[lang]))), c.get && command(c.get)))))) : h('p', {}, t('cov.nothing'))),
    h('section', {class: 'card'}, h('h2', {}, t('unread.title'), h('small', {}, num(D.unread ? D.unread.length : 0))),
      D.unread && D.unread.length ? table([{name: t('c.where'), cls: 'path wide', cell: r => [u(S[r[1]] || t('unread.whole')), r[2] ? ':' + r[2] : '']}, {name: t('c.reason'), cell: r => u(S[r[3 + lang]])}, {name: t('c.detail'), cls: 'wide', cell: r => u(S[r[5]])}, {name: t('c.by'), cell: r => u(S[r[6]])}, {name: t('c.layer'), num: true, label: true, cell: r => r[0] >= 0 ? r[0] : ''}], D.unread, null, null, null, 100) : h('p', {}, t('unread.none'))),
    h('section', {class: 'card'}, h('h2', {}, t('about.title')), dl(D.about.map(f => [f.name[lang], u(f.value[lang])]))));
}

// ---- charts ----
function charts() {
  const rows = R.filter(r => r.counts), counts = tally(rows), total = sum(counts);
  const ring = g('svg', {viewBox: '0 0 168 168', role: 'img', 'aria-label': countsText(counts) || t('empty.none')}, g('circle', {cx: 84, cy: 84, r: 68, fill: 'none', 'stroke-width': 17, class: 'ring'}));
  const len = 2 * Math.PI * 68;
  let at = 0;
  for (const s of WORST) if (counts[s]) {
    const part = len * counts[s] / total;
    ring.append(g('circle', {cx: 84, cy: 84, r: 68, fill: 'none', 'stroke-width': 17, class: 's-' + SEV[s], 'stroke-dasharray': Math.max(part - (total > counts[s] ? 2 : 0), 1) + ' ' + len, 'stroke-dashoffset': -at, transform: 'rotate(-90 84 84)'}));
    at += part;
  }
  ring.append(g('text', {x: 84, y: 88, 'text-anchor': 'middle', class: 'total'}, num(total)), g('text', {x: 84, y: 108, 'text-anchor': 'middle', class: 'unit'}, t('unit')));
  const pick = s => () => { const only = st.sev.size === 1 && st.sev.has(s); st.sev = new Set(only ? [] : [s]); go('findings'); };
  const flip = k => () => { st[k] = !st[k]; go('findings'); };
  const fix = sum(tally(rows.filter(r => r.adv && r.adv.fixed))), kev = sum(tally(rows.filter(r => r.adv && r.adv.kev))), hidden = R.filter(r => r.state < 2 && r.hidden && !r.counts).length, supp = R.filter(r => r.state < 2 && r.suppressed).length;
  const sev = h('section', {class: 'card'}, h('h2', {}, t('chart.severity')),
    h('div', {class: 'donut'}, ring, h('ul', {class: 'legend'}, WORST.map(s => h('li', {class: counts[s] ? '' : 'zero'}, h('button', {type: 'button', 'aria-pressed': String(st.sev.has(s)), onclick: pick(s)}, h('span', {class: 'dot c-' + SEV[s]}), sevText(s), h('span', {class: 'n'}, num(counts[s]))))))),
    fix + kev + hidden + supp > 0 && h('div', {class: 'minis'}, kev > 0 && chip(t('kev.attacks'), kev, st.kev, flip('kev')), fix > 0 && chip(t('fixable'), fix, st.fixable, flip('fixable')), hidden > 0 && chip(t('tag.hidden'), hidden, st.hidden, flip('hidden')), supp > 0 && chip(t('tag.suppressed'), supp, st.suppressed, flip('suppressed'))));
  if (!D.layers.length) return h('div', {class: 'charts one'}, sev);
  const biggest = Math.max(...D.layers.map(l => l.size), 1), byLayer = D.layers.map((l, i) => tally(rows.filter(r => inLayer(r, i)))), most = Math.max(...byLayer.map(sum), 1);
  const row = (l, i) => {
    const bar = g('svg', {viewBox: '0 0 132 17', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, g('rect', {x: 0, y: 1, width: Math.max(132 * l.size / biggest, l.size ? 2 : 0), height: 7, rx: 2, class: 'bar'}));
    if (l.waste) bar.append(g('rect', {x: 132 * (l.size - Math.min(l.waste, l.size)) / biggest, y: 1, width: Math.max(132 * Math.min(l.waste, l.size) / biggest, 1), height: 7, rx: 1, class: 'bar-waste'}));
    let x = 0;
    for (const s of WORST) if (byLayer[i][s]) { const w = 132 * byLayer[i][s] / most; bar.append(g('rect', {x, y: 11, width: Math.max(w, 1), height: 5, class: 'f-' + SEV[s]})); x += w; }
    return h('li', {}, h('button', {type: 'button', 'aria-pressed': String(st.layer === String(i)), title: clip(l.by, 500), onclick: () => { st.layer === String(i) ? (st.layer = '', go('findings')) : filterLayer(i); }, 'aria-label': t('layer.label', i, size(l.size), countsText(byLayer[i]) || '0', clip(l.by, 80))},
      h('span', {class: 'i'}, i), h('span', {class: 'by u'}, clip(l.by || t('layer.unknown'), 300)), bar, h('span', {class: 'size'}, size(l.size))));
  };
  const whole = D.layers.reduce((n, l) => n + l.size, 0), waste = D.layers.reduce((n, l) => n + (l.waste || 0), 0);
  return h('div', {class: 'charts'}, sev, h('section', {class: 'card'}, h('h2', {}, t('chart.layers'), h('small', {}, size(whole), waste ? ' · ' + t('n.waste', size(waste)) : '')), h('ul', {class: 'layers'}, D.layers.map(row)), h('p', {class: 'caption'}, t('chart.layers.sub'))));
}
function drawCharts() {
  const old = document.getElementById('charts');
  if (!old || D.facts.sbom) return;
  const list = old.querySelector('.layers'), top = list ? list.scrollTop : 0;
  old.replaceChildren(charts());
  const now = old.querySelector('.layers');
  if (now) now.scrollTop = top;
}

// ---- the page ----
const TABS = () => [
  !D.facts.sbom && ['findings', sum(tally(R.filter(r => r.counts)))], D.layers.length > 0 && ['layers', D.layers.length], (P.length > 0 || D.facts.kind !== 'Dockerfile') && ['packages', there],
  D.image && ['image'], ['coverage', D.unread ? D.unread.length || undefined : undefined],
].filter(Boolean);
function draw(name) {
  const box = document.getElementById('panel-' + name);
  if (!box) return;
  const was = document.activeElement && document.activeElement.id;
  box.replaceChildren();
  fill(box, [h('h2', {class: 'vh'}, t('tab.' + name)), {findings: findingsPanel, layers: layersPanel, packages: packagesPanel, image: imagePanel, coverage: coveragePanel}[name]()]);
  box.dataset.drawn = '1';
  if (name === 'findings') drawFindings();
  if (name === 'packages') drawPackages();
  if (was && document.getElementById(was) && box.contains(document.getElementById(was))) document.getElementById(was).focus();
}
function drawAll() { drawCharts(); draw(tab); for (const [name] of TABS()) if (name !== tab) { const b = document.getElementById('panel-' + name); b.replaceChildren(); delete b.dataset.drawn; } }
function go(name, focus) {
  tab = name;
  for (const [n] of TABS()) {
    document.getElementById('tab-' + n).setAttribute('aria-selected', String(n === name));
    document.getElementById('tab-' + n).tabIndex = n === name ? 0 : -1;
    document.getElementById('panel-' + n).hidden = n !== name;
  }
  if (focus) document.getElementById('tab-' + name).focus();
  drawCharts();
  draw(name);
  try { history.replaceState(null, '', '#' + name); } catch (e) { /* a page without an address of its own */ }
  const bar = document.querySelector('.tabs');
  if (bar.getBoundingClientRect().top <= 0 || focus === undefined && bar.getBoundingClientRect().top > innerHeight * .8) bar.scrollIntoView({block: 'start'});
}
const themes = ['auto', 'light', 'dark'];
let theme = 'auto';
function setTheme(next) {
  theme = next;
  if (next === 'auto') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = next;
}
function setLang(n) { lang = n; page(); }

function page() {
  const f = D.facts, v = D.verdict;
  document.documentElement.lang = lang ? 'zh-CN' : 'en';
  const tabs = TABS();
  if (!tabs.some(([n]) => n === tab)) tab = tabs[0][0];
  const mark = {failed: 'bad', passed: 'ok', incomplete: 'warn'}[v.class] || 'info';
  const themeButton = h('button', {type: 'button', class: 'icon', title: t('theme'), 'aria-label': t('theme'), id: 'theme', onclick: () => setTheme(themes[(themes.indexOf(theme) + 1) % 3])}, icon('sun'));
  const shield = g('svg', {viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.7, 'stroke-linejoin': 'round', 'stroke-linecap': 'round', 'aria-hidden': 'true'}, g('path', {d: 'M4 4h3v2.500h3.500V4h3v2.500H17V4h3v8c0 4.500-3.500 7.500-8 9-4.500-1.500-8-4.500-8-9z'}), g('path', {d: 'M8.500 12.500l2.500 2.500 4.500-5'}));
  const app = document.getElementById('app');
  app.replaceChildren(
    h('a', {class: 'skip', href: '#tabs'}, t('skip')),
    h('header', {class: 'wrap top'}, h('span', {class: 'brand'}, shield, 'Bulwark'),
      seg(t('language'), [['EN', lang === 0, () => setLang(0), {lang: 'en', id: 'lang-en'}], ['中文', lang === 1, () => setLang(1), {lang: 'zh-CN', id: 'lang-zh'}]]),
      themeButton, h('button', {type: 'button', class: 'icon hide-s', title: t('print'), 'aria-label': t('print'), onclick: () => window.print()}, icon('print')), h('button', {type: 'button', class: 'icon keys hide-s', title: t('keys'), 'aria-label': t('keys'), onclick: keys}, icon('keys'))),
    h('main', {class: 'wrap'},
      h('div', {class: 'hero'}, h('h1', {class: 'u'}, f.ref || f.name || t('nameless')),
        h('p', {class: 'facts'}, [f.os, f.platform, D.layers.length && t('n.layers', num(D.layers.length)), P.length > 0 && t('n.packages.all', num(there)), f.digest && f.digest.replace(/^(sha256:.{12}).*$/, '$1'), f.date].filter(Boolean).map(x => h('span', {class: 'u'}, x)))),
      f.filtered && h('p', {class: 'note'}, t('filtered', f.filtered)),
      D.note && h('p', {class: 'note'}, D.note[lang]),
      h('section', {class: 'card verdict ' + v.class, 'aria-label': t('verdict')}, icon(mark, 'mark'), h('b', {}, v.head[lang]), h('p', {}, (v.sentences || []).map(s => s[lang]).join(lang ? '' : ' ')),
        v.next && h('div', {class: 'next'}, h('small', {}, t('next')), v.next.map(c => command(c[lang])))),
      h('div', {id: 'charts'}),
      h('nav', {class: 'tabs', role: 'tablist', id: 'tabs', 'aria-label': t('sections')}, tabs.map(([name, n]) => h('button', {type: 'button', role: 'tab', id: 'tab-' + name, 'aria-controls': 'panel-' + name, 'aria-selected': 'false', onclick: () => go(name, false)}, t('tab.' + name), n !== undefined && h('span', {class: 'n'}, num(n))))),
      tabs.map(([name]) => h('div', {class: 'panel', role: 'tabpanel', id: 'panel-' + name, 'aria-labelledby': 'tab-' + name, hidden: true}))),
    h('footer', {}, t('footer', f.tool || 'Bulwark', f.date)));
  for (const [n] of tabs) { document.getElementById('tab-' + n).setAttribute('aria-selected', String(n === tab)); document.getElementById('tab-' + n).tabIndex = n === tab ? 0 : -1; document.getElementById('panel-' + n).hidden = n !== tab; }
  drawCharts();
  draw(tab);
}
function keys() {
  const d = h('dialog', {}, h('b', {}, t('keys')), h('dl', {}, [['/', 'search'], ['1 … 5', 'tabs'], ['j k', 'move'], ['Enter', 'open'], ['m', 'mode'], ['l', 'lang'], ['d', 'theme'], ['Esc', 'clear']].map(([k, id]) => [h('dt', {}, h('kbd', {}, k)), h('dd', {}, t('key.' + id))])), h('form', {method: 'dialog'}, h('button', {class: 'btn'}, t('close'))));
  d.addEventListener('close', () => d.remove());
  document.body.append(d);
  d.showModal();
}
document.addEventListener('keydown', e => {
  const typing = e.target.closest && e.target.closest('input,select,textarea');
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog')) return;
  if (e.key === 'Escape' && typing && e.target.type === 'search') { e.target.value = ''; e.target.dispatchEvent(new Event('input')); e.target.blur(); return; }
  if (e.target.getAttribute && e.target.getAttribute('role') === 'tab' && (e.key === 'ArrowRight' || e.key === 'ArrowLeft')) {
    const names = TABS().map(x => x[0]);
    go(names[(names.indexOf(tab) + (e.key === 'ArrowRight' ? 1 : names.length - 1)) % names.length], true);
    e.preventDefault();
    return;
  }
  if (typing) return;
  const n = '12345'.indexOf(e.key), names = TABS().map(x => x[0]);
  if (e.key === '/') { const s = document.querySelector('.panel:not([hidden]) input[type=search]'); if (s) { s.focus(); s.select(); e.preventDefault(); } }
  else if (n >= 0 && names[n]) go(names[n], true);
  else if (e.key === 'l') setLang(1 - lang);
  else if (e.key === 'd') setTheme(themes[(themes.indexOf(theme) + 1) % 3]);
  else if (e.key === 'm' && tab === 'findings') { mode = mode === 'group' ? 'each' : 'group'; st.sort = 'worst'; drawAll(); }
  else if (e.key === '?') keys();
  else if (e.key === 'j' || e.key === 'k') {
    const list = [...document.querySelectorAll('.panel:not([hidden]) summary, .panel:not([hidden]) .open')].filter(x => x.offsetParent), i = list.indexOf(document.activeElement);
    const next = list[Math.min(Math.max(i + (e.key === 'j' ? 1 : -1), 0), list.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({block: 'nearest'}); }
  } else if (e.key === 'Escape' && narrowed() && tab === 'findings') { st = fresh(); drawAll(); }
});
// On paper everything stands: all panels, and as many rows as anybody will read.
addEventListener('beforeprint', () => {
  limit = 2000; limitP = 300;
  for (const [n] of TABS()) draw(n);
});
addEventListener('afterprint', () => { limit = 100; limitP = 150; drawAll(); });
const asked = location.hash.slice(1);
if (TABS().some(([n]) => n === asked)) tab = asked;
page();
document.documentElement.dataset.ready = '1';
})();
